"""Which column of a file is which of our fields (SPEC C6): headers as people write them, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final
from unicodedata import normalize

from kfcs.cells import titles
from kfcs.errors import N_, BadInput, say
from kfcs.exportcolumns import CALLBACKS, CASES, CONTACTS, HOMES, RECTIFICATIONS
from kfcs.i18n import Language, in_language
from kfcs.intake.facts import WORDS
from kfcs.intake.mappings import FileMapping, ready_mappings
from kfcs.intake.tables import Known
from kfcs.intake.values import (
    iso_reader,
    moment_reader,
    read_count,
    read_flag,
    read_home,
    read_name,
    read_number,
    read_people,
    read_phone,
    read_sum,
    read_text,
    read_word,
)

# One field a line: its name, then what people call it. A name further to the left is the more certain one.
_TABLES: Final[Mapping[str, str]] = {
    "cases": """
        received_at 投诉时间 投诉日期 登记时间 登记日期 留言时间 留言日期 受理时间 受理日期 来电时间
            来访时间 反映时间 接收时间 接待时间 诉求时间 提交时间 创建时间 发生时间 日期 时间 received
            created_at created_date created date_received opened open_dt date/time_opened date
        text 投诉内容 诉求内容 留言详情 留言内容 问题描述 诉求描述 投诉描述 反映内容 反映问题 投诉事项
            诉求事项 问题内容 内容 描述 详情 诉求 complaint_narrative consumer_complaint_narrative
            description complaint content details
        subject 留言主题 投诉主题 诉求主题 诉求标题 投诉标题 主题 标题 title case_title
        project 项目 项目名称 楼盘 楼盘名称 小区 小区名称 所属项目 所在小区 estate
        home 房号 房间 房间号 房屋 房产 房产信息 室号 门牌号 单元房号 unit room
        customer 客户姓名 业主姓名 业主 客户 客户名称 留言用户 投诉人 投诉人姓名 反映人 来电人 来访人 联系人
            姓名 用户 customer_name owner name
        phone 联系电话 客户电话 业主电话 电话号码 手机 手机号 手机号码 电话 来电号码 联系方式 telephone
            mobile tel
        contact 其他联系方式 电子邮箱 邮箱 微信号 qq email other_contact
        people 人数 投诉人数 涉及人数 反映人数 户数 涉及户数 persons
        category 类别 分类 投诉类别 投诉分类 问题类别 问题分类 诉求类别 诉求分类 一级分类
        subcategory 子类 小类 子类别 问题小类 二级分类
        kind 诉求类型 业务类型 工单类型 类型
        channel 渠道 来源 投诉渠道 受理渠道 诉求渠道 来源渠道 投诉方式 受理方式 反映方式 source
            methodreceived method_received submitted_via
        claim 索赔金额 索赔 赔偿要求 诉求金额 claim_amount
        refund 退房 要求退房 是否退房
        remedy 诉求方式 处理诉求 要求 期望处理
        urgency 紧急程度 响应时限
        media 媒体情况 媒体
        legal 诉讼情况 诉讼 lawsuit
        harm 损害 损害情况 人身财产损害
        accident 事故 是否事故
        public_harm 公共危害 重大指控
        emergency 紧急事件 突发事件
        safety 涉及安全 是否涉及安全
        vip 重要客户 是否vip
        anonymous 匿名 是否匿名
        sensitive 敏感 不宜回访 是否敏感
        stage 阶段 业务阶段
        first_asked 首问责任人 首问人
        authority_ref 来文编号 上级编号 督办编号 转办编号 ref authority's_number
        authority_due 上级时限 上级要求时间 回复上级期限 authority's_limit
        due 要求完成日期 要求完成时间 完成期限 办结期限 办理期限 截止日期 due_date target_dt duedate
        url 链接 网址 帖子链接
        heat 热度 浏览量
        impact 影响 影响程度
        on_the_spot 当场解决 现场解决
        by 登记人 受理人 记录人 接待人 经办人 操作人 operator logged_by
        status 状态 当前状态 处理状态 办理状态 进度 当前进度 办理进度 state case_status srstatus
            service_request_status
        source_id 诉求单 留言编号 工单号 工单编号 投诉编号 登记编号 受理编号 诉求编号 诉求单号 单号 编号
            case case_enquiry_id unique_key servicerequestnum service_request_number complaint_id id
        reply 答复意见 答复内容 回复内容 回复意见 答复 回复
        reply_at 答复时间 答复日期 回复时间 回复日期 replied_at
        resolution 处理结果 办理结果 处理情况 resolution_description
        resolved_at 办结时间 办结日期 完成时间 完成日期 解决时间 处理完成时间 closed_date closedate
            closed_dt date/time_closed resolved closed
    """,
    "contacts": """
        case 诉求单 诉求单号 单号 诉求编号 工单号 工单编号 留言编号 投诉编号 编号 source_id case_number id
        at 联系时间 联系日期 沟通时间 回复时间 答复时间 时间 日期 contacted_at date time
        text 联系内容 沟通内容 联系情况 答复意见 回复内容 内容 content
        reply 是否答复 是否回复 答复 回复
        plan 方案 是否告知方案
        promise 约定完成时间 约定时间 承诺时间 promised
        on_site 到场 是否到场
        waiting_on_customer 等待客户 等客户
        no_agreement 未达成一致
        ack 已告知受理 告知受理 acknowledged
        by 联系人员 经办人 记录人 操作人 operator
    """,
    "callbacks": """
        case 诉求单 诉求单号 单号 诉求编号 工单号 工单编号 留言编号 投诉编号 编号 source_id case_number id
        at 回访时间 回访日期 时间 日期 called_at date time
        result 回访结果 满意度 结果 评价 satisfaction
        text 回访内容 回访情况 客户意见 内容 content
        by 回访人 回访人员 经办人 记录人 操作人 operator
    """,
    "rectifications": """
        case 诉求单 诉求单号 单号 诉求编号 工单号 工单编号 留言编号 投诉编号 编号 source_id case_number
        ordered_at 下达时间 下达日期 派工时间 整改下达时间 at
        what 整改内容 整改事项 事项 内容
        department 责任部门 整改部门 部门
        unit 责任单位 施工单位 整改单位 contractor
        due 整改期限 要求完成日期 要求完成时间 完成期限 期限
        done_at 完成时间 完成日期 整改完成时间
        cost 整改费用 费用 金额
        inspected_at 验收时间 验收日期
        inspector 验收人
        result 验收结果 结果
        fault 整改过失 过失
        reason 不合格原因
        by 下达人 经办人 操作人 operator
    """,
    "homes": """
        project 项目 项目名称 楼盘 楼盘名称 小区 小区名称 所属项目 所在小区 estate
        home 房号 房间 房间号 房屋 房产 房产信息 房源 室号 门牌号 单元房号 unit room
        owner 业主 业主姓名 买受人 购房人 产权人 客户 客户姓名 客户名称 姓名 customer customer_name name
        phone 电话 业主电话 联系电话 客户电话 电话号码 手机 手机号 手机号码 联系方式 telephone mobile tel
        contact 其他联系方式 电子邮箱 邮箱 微信号 微信 通讯地址 qq email other_contact
        signed_on 签约日期 签约时间 签订日期 合同签订日期 合同日期 签约日 signed contract_date
        handed_over_on 交付日期 实际交付日期 交房日期 实际交房日期 收楼日期 接房日期 收房日期 入住日期
            入伙日期 交付时间 handed_over handover_date
        planned_on 计划交付日期 约定交付日期 合同交付日期 预计交付日期 计划交房日期 约定交房日期
            合同交房日期 planned_handover planned
        warranty_item 保修项目 质保项目 保修内容 保修部位 保修工程 warranty
        warranty_until 保修到期 保修到期日 保修到期日期 保修期至 保修截止 保修截止日期 质保到期 质保到期日期
            保修届满 warranty_expiry expires_on
    """,
}
WHATS = tuple(_TABLES)
LEAST_CERTAIN = 100
LANGUAGES: tuple[Language, ...] = ("en", "zh")
HEADERS_SHOWN = 30
NEEDED: Mapping[str, tuple[str, ...]] = {
    "cases": ("received_at", "text", "project"),
    "contacts": ("case", "at"),
    "callbacks": ("case", "at", "result"),
    "rectifications": ("case", "ordered_at", "what", "department", "due"),
    "homes": ("project",),
}
INSTEAD = {"text": ("subject",)}
"""What does where a needed field is missing."""
JOINED = ("text", "subject", "reply", "resolution")
"""Fields that several columns of a file may tell together."""
IGNORED = frozenset({"行号", "原因", "row", "reason", "序号", "no"})
"""Columns that say nothing of a matter: a row's place, and what a rejects file adds."""

_UNSEEN = re.compile("[\\s_\ufeff\u200b-\u200f\u2060*＊:：-]+")
_REMARK = re.compile(r"\([^)]*\)$")


def folded(name: str) -> str:
    """A header without width, case, spaces, hyphens and the remark in brackets behind it."""
    return _REMARK.sub("", _UNSEEN.sub("", normalize("NFKC", name)).casefold())


@cache
def _fields(what: str) -> Mapping[str, tuple[str, ...]]:
    """Field → its names, folded, the most certain first."""
    rows: dict[str, tuple[str, ...]] = {}
    for line in re.sub(r"\n {12}", " ", _TABLES[what]).strip().splitlines():
        field, *names = line.split()
        rows[field] = tuple(map(folded, (field, *names)))
    return rows


@cache
def _field_by_name(what: str) -> Mapping[str, tuple[str, int]]:
    """Folded name → the field and how far to the right in its line the name stands."""
    found: dict[str, tuple[str, int]] = {}
    for field, names in _fields(what).items():
        for rank, name in enumerate(names):
            found.setdefault(name, (field, rank))
    for name, field in _own_titles(what):
        if found.get(name, ("",))[0] != field:
            found[name] = (field, LEAST_CERTAIN)
    return found


def _own_titles(what: str) -> Iterator[tuple[str, str]]:
    """The titles that export gives our fields, in each language, so that what went out comes in again (C7)."""
    columns = {
        "cases": CASES,
        "contacts": CONTACTS,
        "callbacks": CALLBACKS,
        "rectifications": RECTIFICATIONS,
        "homes": HOMES,
    }[what]
    fields = _fields(what).keys()
    renamed = {"case": "source_id", "state": "status"} if what == "cases" else {}
    for lang in LANGUAGES:
        with in_language(lang):
            for column, title in zip(columns, titles(columns), strict=True):
                if (field := renamed.get(column.key, column.key)) in fields:
                    yield folded(title), field


def known_names(what: str, mapping: FileMapping) -> Known:
    """Whether a header names one of our fields, by itself or by a mapping."""
    mappings = [mapping] if mapping.columns or what != "cases" else ready_mappings()
    own = {folded(name) for each in mappings for name in each.columns}
    known = _field_by_name(what)
    return lambda name: (key := folded(name)) in known or key in own


@dataclass(frozen=True)
class Column:
    """A column of the file that holds one of our fields, and how its cells are read."""

    at: int
    header: str
    field: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Plan:
    """How the rows of one file are read: its columns, those that are kept as they are, what holds for every row, and
    what holds where a row says nothing."""

    what: str
    columns: tuple[Column, ...]
    extra: tuple[tuple[int, str], ...]
    fixed: Mapping[str, Any]
    default: Mapping[str, Any]

    def header_of(self, field: str) -> str:
        """What the file calls a field."""
        return self._headers.get(field, field)

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        return {column.field: column.header for column in reversed(self.columns)}


def plan(
    what: str,
    header: Sequence[str],
    mapping: FileMapping,
    given: Mapping[str, str],
    *,
    date1904: bool = False,
) -> Plan:
    """How rows under a header are read. ``mapping`` says what unknown headers mean, ``given`` what no column says.

    Raises BadInput naming what is missing or not known.
    """
    read = _readers(what, date1904, mapping.dates)
    read |= {
        field: _translated(read[field], words)
        for field, words in ((_known_field(what, name), words) for name, words in mapping.values.items())
    }
    fields = _assigned(what, header, mapping)
    fixed = {field: _given(field, text, read) for field, text in given.items()}
    default = {
        field: _given(field, text, read)
        for field, text in ((_known_field(what, name), text) for name, text in mapping.default.items())
        if field not in fixed
    }
    said = fields.keys() | fixed.keys() | default.keys()
    missing = [field for field in NEEDED[what] if not {field, *INSTEAD.get(field, ())} & said]
    if missing:
        raise BadInput(
            N_("No column holds {missing}. The columns are: {header}."),
            hint=say(
                N_("Say what they mean with --map, or give a value for all rows with --set {field}=…."),
                field=missing[0],
            ),
            missing=missing,
            header=[name for name in header if name][:HEADERS_SHOWN],
        )
    columns = tuple(
        Column(at, header[at], field, read[field])
        for field, places in fields.items()
        for at in places
        if field not in fixed
    )
    taken = {column.at for column in columns}
    rest = [(at, name or f"#{at + 1}") for at, name in enumerate(header) if at not in taken]
    extra = tuple((at, name) for at, name in rest if folded(name) not in IGNORED)
    return Plan(what, columns, extra, fixed, default)


def _assigned(what: str, header: Sequence[str], mapping: FileMapping) -> dict[str, tuple[int, ...]]:
    """Field → the column that holds it. What the mapping says comes first, then the more certain name.

    A text may be told in several columns, which the mapping then names in their order.
    """
    places = {folded(name): at for at, name in reversed(list(enumerate(header)))}
    meant = {folded(name): _known_field(what, field) for name, field in mapping.columns.items()}
    absent = [name for name in mapping.columns if folded(name) not in places]
    if absent and not mapping.match:
        raise BadInput(N_("--map names columns that the file does not have: {names}."), names=absent)
    told: dict[str, tuple[int, ...]] = {}
    for key, field in meant.items():
        if key in places:
            told[field] = (*told.get(field, ()), places[key])
    twice = [field for field, several in told.items() if len(several) > 1 and field not in JOINED]
    if twice:
        raise BadInput(N_("--map names several columns for {field}; only one can hold it."), field=twice[0])
    known = _field_by_name(what)
    best: dict[str, tuple[int, int]] = {}
    for at, name in enumerate(header):
        field, rank = known.get(folded(name), ("", 0))
        if field and folded(name) not in meant and (field not in best or rank < best[field][0]):
            best[field] = (rank, at)
    return {field: (at,) for field, (_, at) in best.items() if field not in told} | told


def _known_field(what: str, field: str) -> str:
    found = _field_by_name(what).get(folded(field))
    if found is None:
        raise BadInput(
            N_("{name} is no field. Known are: {known}."), name=repr(field), known=tuple(_fields(what))
        )
    return found[0]


def _given(field: str, text: str, read: Mapping[str, Callable[[str], Any]]) -> Any:
    from kfcs.intake.values import Unfit

    try:
        return read[field](text)
    except Unfit as unfit:
        raise BadInput(N_("--set {field}: {why}."), field=field, why=unfit.why) from None


def parse_settings(what: str, pairs: Sequence[str]) -> dict[str, str]:
    """``field=value`` pairs of ``--set``, by field; the field may be called as a column may."""
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not value.strip():
            raise BadInput(N_("--set {value} is not field=value."), value=repr(pair))
        found[_known_field(what, name)] = value.strip()
    return found


def _translated(read: Callable[[str], Any], words: Mapping[str, str]) -> Callable[[str], Any]:
    """A reader of cells whose words the mapping explains."""
    return lambda text: read(words.get(text.strip(), text))


def _readers(what: str, date1904: bool, dates: str) -> dict[str, Callable[[str], Any]]:
    """How each field is read."""
    moment, limit = moment_reader(date1904, dates), iso_reader(date1904, dates)
    readers: dict[str, Callable[[str], Any]] = dict.fromkeys(_fields(what), read_text)
    if what == "cases":
        readers |= {name: read_word(name) for name in WORDS}
        readers |= dict.fromkeys(("customer", "contact", "project", "first_asked", "by"), read_name)
        flags = (
            "refund",
            "accident",
            "public_harm",
            "safety",
            "vip",
            "anonymous",
            "sensitive",
            "on_the_spot",
        )
        readers |= dict.fromkeys(flags, read_flag)
        readers |= {
            "home": read_home,
            "phone": read_phone,
            "people": read_people,
            "heat": read_count,
            "claim": read_sum,
        }
        readers |= {"source_id": read_number, "authority_due": limit, "due": limit}
        readers |= dict.fromkeys(("received_at", "reply_at", "resolved_at"), moment)
        return readers
    if what == "homes":
        names = dict.fromkeys(("project", "owner", "contact", "warranty_item"), read_name)
        days = dict.fromkeys(("signed_on", "handed_over_on", "planned_on", "warranty_until"), moment)
        return readers | names | days | {"home": read_home, "phone": read_phone}
    readers |= {"case": read_number, "at": moment, "by": read_name}
    if what == "contacts":
        acts = ("reply", "plan", "on_site", "waiting_on_customer", "no_agreement", "ack")
        return readers | dict.fromkeys(acts, read_flag) | {"promise": limit}
    if what == "callbacks":
        return readers | {"result": read_word("callback")}
    readers |= dict.fromkeys(("ordered_at", "done_at", "inspected_at"), moment)
    return readers | {
        "due": limit,
        "cost": read_sum,
        "result": read_word("inspection"),
        "fault": read_word("fault"),
    }
