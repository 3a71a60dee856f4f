"""The vocabularies (C1, K1, G, T, H): each English code with its Chinese word and what else people write.

A command takes any of them; the ledger and JSON hold the code; a person reads the word.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final
from unicodedata import normalize

from kfcs.errors import BadInput, Term, say

# One word a line: code, Chinese word, then the synonyms.
_TABLES: Final[Mapping[str, str]] = {
    "kind": """
        complaint 投诉 客诉 群诉
        repair 报修 维修
        inquiry 咨询 询问
        suggestion 建议
        help 求助
        praise 表扬 感谢
    """,
    "channel": """
        visit 来访 上门 现场
        phone 来电 电话 call
        letter 来信 信件 信函
        email 邮件 电子邮件 mail e-mail
        suggestion-box 意见箱
        website 网站 官网 web
        forum 论坛 业主论坛
        app 客户端
        wechat 微信 公众号
        sms 短信
        media 媒体
        government 政府 政府部门 12345
        superior 上级 集团
        partner 协作单位 合作单位
    """,
    "media": """
        none 无 没有
        threatened 扬言曝光 威胁曝光
        exposed 已曝光 曝光
    """,
    "legal": """
        none 无 没有
        threatened 扬言起诉 威胁起诉
        filed 已起诉 起诉 诉讼
    """,
    "harm": """
        none 无 没有
        property 财产损失 财产
        person 人身伤害 人身
    """,
    "remedy": """
        repair 维修 修复
        refund 退房 退款
        compensation 赔偿 补偿
        apology 道歉
        explanation 解释 说明
        other 其他
    """,
    "stage": """
        pre-sale 售前 认购前
        contract 签约 签约后
        after-handover 交付后 入住后
    """,
    "emergency": """
        disaster 灾害 自然灾害
        fire 火灾
        explosion 爆炸
        crime 刑事案件 治安案件
        casualty 伤亡 人员伤亡
        loss 重大损失 财产损失
        media 负面报道 媒体负面报道
    """,
    "urgency": """
        15m 15分钟
        30m 30分钟 半小时
        1h 1小时 60m
        2h 2小时 120m
    """,
    "impact": """
        none 无
        low 小 轻微 低
        medium 中 一般
        high 大 严重 高
    """,
    "node": """
        show-area-open 样板示范区开放 样板区开放 示范区开放
        main-structure-topped-out 主体结构封顶 主体封顶 封顶 topped-out
        exterior-done 外装修工程竣工 外装修竣工 外装竣工
        interior-and-me-done 内装修及机电安装工程竣工 内装修及机电安装竣工 内装及机电竣工 interior-and-m&e-done interior-done
        municipal-works-done 市政配套竣工
        outer-landscape-done 外围园林竣工 园林竣工 landscape-done
        completion-accepted 整体竣工验收通过 竣工验收通过 竣工验收
        property-takeover-accepted 物业接管验收通过 物业接管验收 接管验收 takeover-accepted
        municipal-lines-connected 各项市政管线接驳贯通 市政管线接驳贯通 市政管线贯通
        handover-show-area-open 收楼样板区开放 交付样板区开放
    """,
    "touchpoint-state": """
        upcoming 待办
        done 已办
        late 迟办
        missed 未办
    """,
    "feedback": """
        collected 已收集
        missing 待收集
    """,
    "trigger": """
        signed 签约
        handed-over 交付
        node 工程节点
        design-change 设计变更
        warranty 保修期届满
        rectification-closed 整改关闭
        handover-due 计划交付
        yearly 每年
    """,
    "caution": """
        sensitive 敏感不宜回访
        vip 重要客户
        unsatisfied 上次回访不满意
        media 涉及媒体
        legal 涉及诉讼
        refund 要求退房
        harm 有人身或财产损害
        repeat 一年内多次投诉
        overdue 有超时未办事项
    """,
    "category": """
        quality 工程质量 质量
        design 规划设计 设计
        sales 销售管理 销售
        property 物业管理 物业
        other 其他服务 其他
        house 房屋
        equipment 设施设备 设备
        safety 安全
        environment 环境
        general-service 综合服务
        neighbour 邻里 邻里关系
        developer 开发商遗留 开发商
    """,
    "demand": """
        A1 仅要求维修
        A2 维修并索赔或退房
        B1 违反规范
        B2 合规但影响居住
        B3 总图与公共设施
    """,
    "validity": """
        valid 有效
        assist 协助处理 协助
        invalid 无效
    """,
    "state": """
        open 处理中
        rectifying 整改中
        resolved 已处理 待回访 待关闭
        closed 已关闭 关闭
    """,
    "clock": """
        dispatch 派单
        contact 联系
        on-site 到场
        reply 回复
        plan 方案
        promise 约定完成
        handle 处理
        resolve 解决
        close 关闭
        rectification 整改
        inspection 验收
        callback 回访
        brief 情况报告
        event-report 事件报告
        follow-up 跟进
        supervision 督办
        authority 上级回复
    """,
    "clock-state": """
        running 计时中
        met 按时
        breached 超时
        paused 暂停
        cancelled 取消
    """,
    "callback": """
        satisfied 满意
        acceptable 基本满意 一般
        unsatisfied 不满意
        unreachable 无法联系 联系不上 未接通
        refused 拒绝回访 拒访
    """,
    "health": """
        fine 正常
        minded 注意
        fault 故障
    """,
    "closing": """
        no-agreement 无法达成一致 未达成一致
        beyond-authority 超出权限
        invalid 无效投诉 无效
        withdrawn 客户撤诉 撤诉 撤回
        void 作废
        duplicate 重复登记 重复
    """,
    "closed-as": """
        satisfied 回访满意
        acceptable 回访基本满意
        unreachable 回访无法联系
        refused 拒绝回访
        quiet 静默期满
        no-agreement 无法达成一致
        beyond-authority 超出权限
        invalid 无效投诉
        withdrawn 客户撤诉
        void 作废
        duplicate 重复登记
        merged 并案
    """,
    "inspection": """
        pass 合格 通过
        fail 不合格 不通过
    """,
    "fault": """
        late 逾期 延误
        quality 质量不合格 质量
        attitude 态度不佳 态度
        standard 不符合标准 标准
    """,
    "note": """
        investigation 调查取证 调查
        borrowed-staff 人员借用 借用
        coordination 统筹处理 统筹
        supervision 督办
        penalty-proposal 处罚建议
        follow-up 跟进
        typical 典型案例 典型
        internal 内部备注 备注
    """,
    "brief-to": """
        group 集团
        leader 领导 分管领导
    """,
    "form": """
        visit 来访登记表 来访
        phone 来电登记表 来电
        letter 来信登记表 来信
        sheet 投诉处理单 处理单
        coordination 协调单
        commitment 承诺书
        receipt 回执
    """,
    "signature": """
        received 签收
        returned 返单 返回 已返回
        customer 客户签字 客户
    """,
    "entry": """
        complaint 登记
        join 并案
        verification 核实
        dispatch 派单
        contact 联系
        brief 情况报告
        rectification-ordered 下达整改
        rectification-done 整改完成
        inspection 整改验收
        action-verification 措施验证
        resolution 处理完毕
        callback 回访
        escalation 升级
        compensation 赔偿
        signature 签字
        closure 关闭
        auto-closure 自动关闭
        reopening 重新打开
        note 备注
        amendment 更正
        check 检查
        submission 报送
        adjustment 加减分
        score-objection 考评异议
        score-confirmation 考评确认
        survey 满意度调查
        notice 告知
        project 楼盘设置
        home 房屋
        node 工程节点
        design-change 设计变更
        touchpoint 服务触点
        report-note 报告说明
        answer 标准答复
        erasure 个人信息删除
        disclosure 查看个人信息
    """,
    "recipient": """
        supervisor 经办人主管 主管
        department-head 部门负责人
        branch-head 分部负责人
        subsidiary-leader 子公司分管领导
        group-centre 集团客服中心
        group-leader 集团领导
        project-manager 项目总经理 项目负责人
        property-manager 物业经理 管理处经理
        general-manager 总经理
        company-leader 公司领导
        technical-department 技术部门
        headquarters 总部
        quality-department 品质部 品质管理部门
        complaint-officer 投诉专员
        service-head 客服主管
        manager 经理
        staff 经办人 员工
        engineering 工程部
        customer-service 客户服务部
        departments 各部门
        sales-desk 销售案场
        front-desk 前台
        specialist 客服专员
        group 集团
        branch 客户服务分部 分部
        desk 前台接待处
    """,
    "department": """
        engineering 工程部 工程
        property-company 物业公司 物业
        sales 销售部 营销部
        customer-service 客户服务部 客服部
    """,
    "obligation-state": """
        upcoming 待报送
        done 已报送
        late 迟报
        missed 未报送
    """,
    "subject": """
        branch 分部 客户服务分部
        desk 前台 客服处
        department 部门
        person 个人 人员
    """,
    "score-state": """
        draft 草稿
        objected 有异议
        confirmed 已确认
        fed-back 已反馈
    """,
    "level": """
        1 一级 I Ⅰ I级 一级投诉
        2 二级 II Ⅱ II级 二级投诉
        3 三级 III Ⅲ III级 三级投诉
        4 四级 IV Ⅳ IV级 四级投诉
    """,
    "level-major-hot": """
        1 重大 major 重大投诉
        2 热点 hot 热点投诉
        3 重要 important 重要投诉
        4 一般 general 一般投诉
    """,
    "level-three-level": """
        1 重大 major 重大投诉
        2 重要 important 重要投诉
        3 一般 general 一般投诉 轻微
    """,
    "level-conformity": """
        1 严重不合格 severe 严重
        2 一般不合格 general 一般
    """,
    # The names of the vocabularies themselves, for sentences such as "… is no channel".
    "field": """
        health 检查结果
        kind 类型
        channel 渠道
        media 媒体情况
        legal 诉讼情况
        harm 损害
        remedy 诉求
        stage 阶段
        emergency 紧急事件
        urgency 紧急程度
        impact 影响
        category 类别
        demand 诉求性质
        validity 有效性
        state 状态
        clock 时限
        clock-state 时限状态
        callback 回访结果
        closing 关闭原因
        closed-as 关闭方式
        inspection 验收结果
        fault 整改过失
        note 备注类别
        brief-to 报告对象
        form 单据
        signature 签字类别
        entry 记录类型
        recipient 接收人
        department 部门
        obligation-state 报送状态
        subject 考评对象
        score-state 考评状态
        node 工程节点
        touchpoint-state 触点状态
        trigger 触发事项
        feedback 客户反馈
        caution 注意事项
        level 等级
        level-major-hot 等级
        level-three-level 等级
        level-conformity 等级
        field 字段
    """,
}

# English words where the code alone reads badly.
_ENGLISH: Final[Mapping[str, Mapping[str, str]]] = {
    "level": {"1": "I", "2": "II", "3": "III", "4": "IV"},
    "level-major-hot": {"1": "major", "2": "hot", "3": "important", "4": "general"},
    "level-three-level": {"1": "major", "2": "important", "3": "general"},
    "level-conformity": {"1": "severe", "2": "general"},
    "field": {"level-major-hot": "level", "level-three-level": "level", "level-conformity": "level"},
    "callback": {"unsatisfied": "not satisfied"},
    "form": {
        "visit": "record of a visit",
        "phone": "record of a call",
        "letter": "record of a letter",
        "sheet": "handling sheet",
        "coordination": "coordination sheet",
        "commitment": "letter of commitment",
    },
}


@cache
def _words(kind: str) -> dict[str, tuple[str, ...]]:
    """Code → (Chinese word, synonyms…), in the order of the table."""
    rows = (line.split() for line in _TABLES[kind].strip().splitlines())
    return {code: tuple(words) for code, *words in rows}


@cache
def _codes_by_spelling(kind: str) -> dict[str, str]:
    """Every spelling, folded, → code; a code or a main word wins over another's synonym."""
    table = _words(kind)
    synonyms = {_folded(word): code for code, words in table.items() for word in words[1:]}
    main = {_folded(words[0]): code for code, words in table.items()}
    return synonyms | main | {_folded(code): code for code in table}


def _folded(text: str) -> str:
    """A spelling without case, width and the way of joining words."""
    return normalize("NFKC", text).strip().casefold().replace("_", "-").replace(" ", "-")


def kinds() -> tuple[str, ...]:
    """The names of the vocabularies."""
    return tuple(_TABLES)


def codes(kind: str) -> tuple[str, ...]:
    """The codes of a vocabulary, in its order."""
    return tuple(_words(kind))


def word(kind: str, code: str, lang: str) -> str:
    """The word for a code in a language; what is no code of the vocabulary stands for itself."""
    if lang == "zh":
        return _words(kind).get(code, (code,))[0]
    known = code in _words(kind)
    return _ENGLISH.get(kind, {}).get(code) or (code.replace("-", " ") if known else code)


def parse_word(kind: str, text: str) -> str:
    """The code for what a person wrote: a code, a Chinese word, a synonym, in any case and width (C1).

    Raises BadInput naming the value and the words allowed.
    """
    code = _codes_by_spelling(kind).get(_folded(text))
    if code is None:
        raise BadInput(
            "{value} is not a known {field}.",
            hint=say("One of: {words}.", words=[_both(kind, each) for each in codes(kind)]),
            value=repr(text),
            field=Term("field", kind),
        )
    return code


def _both(kind: str, code: str) -> str:
    return f"{code} {_words(kind)[code][0]}"
