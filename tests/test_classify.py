"""The classifier by examples (K1, K2), by what it must never do, and by what near-identical means (C3)."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfcs.rules.classify import Classification, Taxonomy, classify, text_key
from kfcs.rules.keywords import Denials, Family, Matcher, Rule, normalise
from kfcs.taxonomy import load_taxonomy_document


@cache
def taxonomy(code: str = "five", copy: int = 0) -> Taxonomy:
    """A loaded taxonomy; another ``copy`` is loaded anew."""
    return Taxonomy.from_document(load_taxonomy_document(code))


def judge(text: str) -> Classification:
    return classify(text, taxonomy())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("厨房墙面渗水，要求维修", "quality.leak"),
        ("主卧天花板漏水", "quality.leak"),
        ("外墙裂缝", "quality.crack"),
        ("客厅墙面开裂", "quality.crack"),
        ("瓷砖空鼓，墙皮脱落", "quality.decoration"),
        ("窗户关不严", "quality.door-window"),
        ("外窗漏风", "quality.door-window"),
        ("浴室柜和花洒坏了", "quality.fitting"),
        ("插座没电，老是跳闸", "quality.electrical"),
        ("地漏堵塞", "quality.plumbing"),
        ("水压不足", "quality.plumbing"),
        ("水管爆裂", "quality.plumbing"),
        ("暖气不热", "quality.hvac"),
        ("电梯异响", "quality.lift"),
        ("电梯困人", "quality.lift"),
        ("园林景观缩水", "quality.landscape"),
        ("楼梯间扶手松动", "quality.common"),
        ("擅自变更规划，楼间距变小", "design.master-plan"),
        ("小区没有配套幼儿园", "design.public-facility"),
        ("层高不够，与竣工图不符", "design.building"),
        ("户型图与实际不一样", "design.layout"),
        ("采光被前面的楼挡住", "design.living"),
        ("开发商承诺送车位，没有兑现", "sales.promise"),
        ("合同里有霸王条款", "sales.contract"),
        ("要求退房", "sales.refund"),
        ("首付款不退", "sales.refund"),
        ("逾期交付", "sales.handover-delay"),
        ("交房延期半年，要求支付违约金", "sales.handover-delay"),
        ("办不了房产证", "sales.deed"),
        ("虚假宣传", "sales.advertising"),
        ("选房时要交茶水费", "sales.process"),
        ("小区保安脱岗", "property.security"),
        ("门禁损坏", "property.security"),
        ("垃圾清运不及时", "property.cleaning"),
        ("楼道保洁做得不好", "property.cleaning"),
        ("绿化枯死", "property.greening"),
        ("物业费太高", "property.fee"),
        ("乱收费", "property.fee"),
        ("收费不入账", "property.fee"),
        ("车位被占用", "property.parking"),
        ("车位划线不清", "property.parking"),
        ("二次供水发黄", "property.facility"),
        ("健身器材坏了", "property.facility"),
        ("噪音", "property.noise"),
        ("楼道长期堆物", "property.order"),
        ("电动车飞线充电", "property.order"),
        ("客服态度差", "other.attitude"),
        ("报修多次没人来", "other.repair-service"),
        ("客服电话打不通", "other.service-quality"),
        ("The ceiling is leaking", "quality.leak"),
        ("Our ELEVATOR stopped twice", "quality.lift"),
        ("noise from upstairs", "property.noise"),
        ("Somebody took my parking space", "property.parking"),
        ("I want my deposit refunded", "sales.refund"),
    ],
)
def test_k1_the_matter_is_filed_under_its_subcategory(text: str, code: str) -> None:
    found = judge(text)
    assert found.subcategory == code
    assert found.category == code.partition(".")[0]
    assert found.in_scope
    assert found.words


def test_k1_a_school_that_was_promised_is_sales_or_design() -> None:
    assert judge("承诺的学校没有").subcategory in {"sales.promise", "design.public-facility"}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("厨房墙面渗水", "house"),
        ("电梯困人", "equipment"),
        ("小区保安脱岗", "safety"),
        ("垃圾清运不及时", "environment"),
        ("客服态度差", "general-service"),
        ("楼上装修噪音", "neighbour"),
        ("逾期交付", "developer"),
        ("你们好", "other"),
    ],
)
def test_k1_the_eight_classes_read_the_same_words(text: str, category: str) -> None:
    found = classify(text, taxonomy("eight"))
    assert (found.category, found.subcategory, found.demand) == (category, None, None)


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("厨房墙面渗水，要求维修", "A1"),
        ("厨房墙面渗水，要求维修并赔偿地板", "A2"),
        ("楼间距不符合规范", "B1"),
        ("采光被前面的楼挡住", "B2"),
        ("反对把垃圾站规划在楼下", "B3"),
        ("要求退房", None),
        ("物业费太高", None),
    ],
)
def test_k1_demand_tells_repair_from_claim_and_code_from_comfort(text: str, demand: str | None) -> None:
    assert judge(text).demand == demand


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("物业费太高", "complaint"),
        ("投诉物业不作为，请问谁来管", "complaint"),
        ("厨房墙面渗水，要求维修", "repair"),
        ("报修：三楼走廊的灯坏了", "repair"),
        ("咨询物业费的收费标准", "inquiry"),
        ("请问什么时候可以办理车位？", "inquiry"),
        ("建议增设充电桩", "suggestion"),
        ("求助，老人被关在电梯里", "help"),
        ("表扬管家小李，热心周到", "praise"),
        ("漏水修好了，非常感谢维修师傅", "praise"),
        ("How do I pay the property fee?", "inquiry"),
        ("Please fix the broken tap", "repair"),
        ("", "complaint"),
        ("你好", "complaint"),
    ],
)
def test_k2_kind_is_what_the_writer_mainly_does(text: str, kind: str) -> None:
    assert judge(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # a first sentence put as a question asks, if some word says what for
        ("小区是否有充电桩？", "inquiry"),
        ("现在还能租车位吗", "inquiry"),
        ("现在还能租车位", "complaint"),
        ("楼下垃圾没人管吗？", "complaint"),
        ("凭什么乱收费，你们怎么能这样？", "complaint"),
        # a wish proposes; a wish that somebody deal with it does not
        ("希望小区增设充电桩", "suggestion"),
        ("希望有关部门处理物业乱收费", "complaint"),
        ("电梯太慢，建议更换", "suggestion"),
        # a request asks for help; a request to put a stop to something blames
        ("请求协调，老人上不了楼", "help"),
        ("请求查处违规搭建", "complaint"),
        # what is denied is neither praise nor blame
        ("对物业服务不满意", "complaint"),
        ("对物业服务很满意，管家有耐心", "praise"),
        ("客服没有耐心", "complaint"),
        ("不是投诉，只是咨询一下物业费", "inquiry"),
        # 消防通道堵塞 is not to be mended
        ("马桶堵塞，请维修", "repair"),
        ("楼道堆物堵塞消防通道", "complaint"),
    ],
)
def test_k2_kind_follows_question_wish_and_request(text: str, kind: str) -> None:
    assert judge(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # what a desk hears is a request as soon as somebody is to come
        ("马桶堵了，麻烦派师傅来", "repair"),
        ("墙角返潮，请安排人看看", "repair"),
        ("新风机不转了，报个修", "repair"),
        ("能派人过来弄一下吗", "repair"),
        ("纱窗掉了，帮我修一下", "repair"),
        # what has been broken for long, or again, blames
        ("门禁坏了一个月", "complaint"),
        ("电梯又坏了", "complaint"),
        ("监控坏了没人修", "complaint"),
        # a plain question needs no word that says so; one that blames is none
        ("周末能装修吗", "inquiry"),
        ("物业费可以按季交吗？", "inquiry"),
        ("装修要办什么手续", "inquiry"),
        ("车位月租多少钱？", "inquiry"),
        ("小区还有人管吗？", "complaint"),
        ("没有无障碍坡道", "complaint"),
        # thanks are for somebody; a virtue denied is none
        ("谢谢师傅，水管修好了", "praise"),
        ("给保安点个赞", "praise"),
        ("一点耐心都没有", "complaint"),
        # a rhetorical 怎么办 asks for no help
        ("充电着火了怎么办", "complaint"),
        ("老人走丢了，求助", "help"),
        ("能不能在门口加个雨棚", "suggestion"),
    ],
)
def test_k2_kind_of_what_a_desk_hears(text: str, kind: str) -> None:
    assert judge(text).kind == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # the longer word decides what the shorter one is about
        ("窗外就是变电箱", "design.master-plan"),
        ("等电梯要十分钟", "design.building"),
        ("冬天晒不到太阳", "design.living"),
        ("楼下烧烤店的油烟", "property.order"),
        ("空调外机滴水到我家窗台", "property.order"),
        ("儿童滑梯坏了", "property.facility"),
        ("电动车推上楼充电，有人管吗", "property.parking"),
        # everyday words of each matter
        ("暖气片漏水", "quality.hvac"),
        ("灶台打不着火", "quality.fitting"),
        ("空调不制冷", "quality.hvac"),
        ("墙上掉粉", "quality.decoration"),
        ("玻璃门关不紧", "quality.door-window"),
        ("洗碗池下面的水管漏了", "quality.plumbing"),
        ("楼上半夜蹦迪", "property.noise"),
        ("保洁阿姨不拖地", "property.cleaning"),
        ("草坪没人割草", "property.greening"),
        ("电瓶车丢了", "property.security"),
        ("说好送家电，现在不认账", "sales.promise"),
        ("工地没人施工", "sales.handover-delay"),
        ("收我更名费", "sales.contract"),
        ("广告说有地铁口", "sales.advertising"),
        ("客服挂我电话", "other.attitude"),
        ("师傅没来，也不打招呼", "other.repair-service"),
        # Cantonese characters, and more traditional ones
        ("物業唔理，電梯壞咗", "property.facility"),
        ("樓頂漏雨冇人理", "quality.leak"),
        ("瓷磚鬆動", "quality.decoration"),
    ],
)
def test_k1_everyday_words_and_longer_words(text: str, code: str) -> None:
    assert judge(text).subcategory == code


def test_k1_a_place_without_a_matter_is_filed_by_the_place() -> None:
    """Weak words speak only where no other does."""
    assert judge("楼下太难看了").category == "property"
    assert judge("楼下墙面开裂").subcategory == "quality.crack"


@pytest.mark.parametrize(
    ("text", "in_scope"),
    [
        ("销售承诺有学区，教育局说没有", True),
        ("路灯不亮", True),
        ("管家和骑手吵架，小区物业不管", True),
        ("外卖平台乱扣骑手的钱", False),
        ("医生让我重新挂号", False),
        ("网购的手机不给退货", False),
    ],
)
def test_k2_scope_of_short_texts(text: str, in_scope: bool) -> None:
    assert judge(text).in_scope is in_scope


@pytest.mark.parametrize(
    ("text", "repeat", "safety"),
    [
        ("修了三次还漏", True, False),
        ("问过好几次", True, False),
        ("说了无数遍", True, False),
        ("电梯又坏了", True, False),
        ("一共停了三次水", False, False),
        ("孩子被咬了", False, True),
        ("老人滑倒了", False, True),
        ("玻璃掉下来差点砸到人", False, True),
        ("家里进了贼", False, True),
        ("墙纸起泡", False, False),
    ],
)
def test_k2_cues_of_what_a_desk_hears(text: str, repeat: bool, safety: bool) -> None:
    cues = judge(text).cues
    assert (cues.repeat, cues.safety) == (repeat, safety)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("電梯困人", "quality.lift"),
        ("廚房滲漏", "quality.leak"),
        ("外牆裂縫", "quality.crack"),
        ("收费帐目不清", "property.fee"),
        ("半夜燥音", "property.noise"),
        ("磁砖空鼓", "quality.decoration"),
    ],
)
def test_k2_other_characters_and_common_slips_are_read(text: str, code: str) -> None:
    assert judge(text).subcategory == code


def test_k2_a_denial_in_other_characters_denies() -> None:
    assert judge("沒有裂縫").rule == "default"


@pytest.mark.parametrize(
    "text", ["没有漏水", "不漏水", "未见裂缝", "没有发现裂缝", "裂缝问题不存在", "没有任何噪音"]
)
def test_k2_a_denied_defect_is_none(text: str) -> None:
    assert judge(text).rule == "default"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("没有维修好漏水", "quality.leak"),
        ("没人处理漏水", "quality.leak"),
        ("有没有漏水", "quality.leak"),
        ("是不是裂缝", "quality.crack"),
        ("没有保洁", "property.cleaning"),
    ],
)
def test_k2_a_denied_remedy_or_service_is_still_the_matter(text: str, code: str) -> None:
    assert judge(text).subcategory == code


@pytest.mark.parametrize("text", ["", " ", "嗯", "你好", "……", "12345", "🙂"])
def test_k2_a_text_without_any_word_is_a_complaint_of_ours_in_doubt(text: str) -> None:
    found = judge(text)
    assert (found.kind, found.category, found.subcategory) == ("complaint", "other", None)
    assert found.in_scope
    assert found.confidence <= 0.2
    assert (found.rule, found.words) == ("default", ())


@pytest.mark.parametrize(
    "text",
    [
        "地铁六号线什么时候开通",
        "人才购房补贴怎么申请",
        "请问外地户口怎么交社保",
        "公司拖欠农民工工资",
        "酒吧深夜噪音扰民",
        "公交车总是不到站",
        "我们村的拆迁补偿太低，征收办不讲理",
    ],
)
def test_k2_what_is_not_our_trade_is_out_of_scope(text: str) -> None:
    found = judge(text)
    assert not found.in_scope
    assert (found.category, found.subcategory, found.demand) == ("other", None, None)
    assert found.rule.startswith("scope.")
    assert found.words


def test_k2_the_deciding_rule_and_words_are_named() -> None:
    found = judge("卫生间渗水，一下雨就漏水")
    assert (found.rule, found.words) == ("topic.leak", ("渗水", "漏水"))


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("三户业主反映漏水", 3),
        ("有12户漏水", 12),
        ("五户反映漏水", 5),
        ("12名业主要求退房", 12),
        ("三百多户收不到房", 300),
        ("１００余户业主没有房产证", 100),
        ("全体业主不同意涨价", 3),
        ("多名业主反映漏水", 3),
        ("20 owners complain about noise", 20),
        ("我们一家三口都睡不着", None),
        ("一梯两户的电梯坏了", None),
        ("共有300户，我家漏水", None),
        ("三分之二业主没有签字", None),
        ("房子漏水", None),
        ("36位房主办不了证", 36),
        ("2803名购房职工的权益", 2803),
        ("上百户居民停水", 100),
        ("1000多家老百姓住在这里", 1000),
        ("30人联名", 30),
        ("小区有3300多户，没有业委会", None),
        ("63栋业主，房子漏水", None),
        ("我们是三期的业主，房子漏水", 3),
        ("我们是一家三口，房子漏水", None),
        ("我是三期的业主，房子漏水", None),
        ("业主们多次交涉", 3),
        ("业主联名投诉", 3),
        ("部分业主没有签字", None),
    ],
)
def test_k2_people_is_a_stated_number_or_a_group_of_at_least_three(text: str, people: int | None) -> None:
    assert judge(text).cues.people == people


@pytest.mark.parametrize(
    ("text", "media", "legal", "harm"),
    [
        ("再不处理就找电视台", "threatened", "none", "none"),
        ("已经被电视台报道过", "exposed", "none", "none"),
        ("我要起诉你们", "none", "threatened", "none"),
        ("已起诉至法院，下月开庭", "none", "filed", "none"),
        ("不会起诉", "none", "none", "none"),
        ("泡水造成经济损失", "none", "none", "property"),
        ("孩子摔倒骨折，手机也摔坏", "none", "none", "person"),
        ("还好没有人受伤", "none", "none", "none"),
        ("不得不起诉", "none", "threatened", "none"),
        ("再不解决就找媒体曝光", "threatened", "none", "none"),
        ("已经被媒体曝光", "exposed", "none", "none"),
        ("看新闻说小区旁边要建公园", "none", "none", "none"),
        ("据媒体报道，小区旁边要建公园", "none", "none", "none"),
        ("再不处理就发短视频", "threatened", "none", "none"),
        ("向法院提交了诉状", "none", "threatened", "none"),
    ],
)
def test_k2_cues_of_press_courts_and_harm(text: str, media: str, legal: str, harm: str) -> None:
    cues = judge(text).cues
    assert (cues.media, cues.legal, cues.harm) == (media, legal, harm)


@pytest.mark.parametrize(
    ("text", "refund", "repeat", "safety"),
    [
        ("要求退房", True, False, False),
        ("不要求退房", False, False, False),
        ("多次反映至今没有解决", False, True, False),
        ("消防通道堵了，有安全隐患", False, False, True),
        ("消防验收还没有做", False, False, False),
        ("外墙砖差点砸到人", False, False, True),
        ("房产证至今没有拿到", False, False, False),
        ("跟物业协商无果", False, True, False),
        ("小区多次停水", False, False, False),
        ("三番五次找物业", False, True, False),
        ("物业费太高", False, False, False),
    ],
)
def test_k2_cues_of_refund_repeat_and_safety(text: str, refund: bool, repeat: bool, safety: bool) -> None:
    cues = judge(text).cues
    assert (cues.refund, cues.repeat, cues.safety) == (refund, repeat, safety)


def test_k2_width_case_and_spaces_change_nothing() -> None:
    assert judge("厨房 漏水\n，要求 维修") == judge("厨房漏水，要求维修")
    assert judge("ＬＥＡＫ in the ceiling").subcategory == judge("leak in the ceiling").subcategory


def test_k2_latin_stems_begin_a_word() -> None:
    assert judge("carpet cleaning").subcategory == judge("cleaning").subcategory
    assert "pet" not in judge("a petition about nothing").words


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.text("没有不漏水裂缝业主户三十12 ab。，小区物业", max_size=300))
def test_k2_any_text_is_judged_and_always_alike(text: str) -> None:
    for code in ("five", "eight"):
        found = classify(text, taxonomy(code))
        assert found == classify(text, taxonomy(code, copy=1))
        assert taxonomy(code).is_code(found.subcategory or found.category)
        assert 0 <= found.confidence <= 1
        assert found.confidence == round(found.confidence, 2)


@pytest.mark.parametrize(
    "piece", ["漏水", "没有", "三", "1", " ", "a", "业主", "户", "没有发现明显问题", "。"]
)
def test_k2_a_very_long_text_costs_no_more_than_its_length(piece: str) -> None:
    assert judge(piece * (100_000 // len(piece))).confidence <= 1


def test_k2_ranting_does_not_decide() -> None:
    once, often = judge("漏水。漏水。"), judge("漏水。" * 50)
    assert once.confidence == often.confidence


@pytest.mark.parametrize(
    ("line", "text", "score"),
    [
        ("漏水", "漏水", 2.0),
        ("漏水:3", "漏水", 3.0),
        ("漏水 +厨房", "漏水", None),
        ("漏水 +厨房", "厨房漏水", 2.0),
        ("漏水 -空调", "空调漏水", None),
        ("停车费:3 停车", "停车费", 3.0),
        ("a_b", "a b", 2.0),
    ],
)
def test_k2_a_rule_line_says_weights_and_surroundings(line: str, text: str, score: float | None) -> None:
    matcher = Matcher((Family((Rule.parse("r", line),)),), Denials())
    assert matcher.scan(normalise(text)).scores.get("r") == score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("厨房漏水，请尽快维修！", "厨房漏水请尽快维修"),
        ("厨房漏水 3 次，请维修", "厨房漏水4次,请维修。"),
        ("Kitchen LEAKS", "kitchen leaks!"),
    ],
)
def test_c3_near_identical_texts_share_a_key(one: str, other: str) -> None:
    assert text_key(one) == text_key(other) != ""


@pytest.mark.parametrize("text", ["", "漏水", "漏水123456", "!!!???###", "五个字而已"])
def test_c3_a_short_text_has_no_key(text: str) -> None:
    assert text_key(text) == ""


@given(st.text(max_size=100))
def test_c3_a_key_is_its_own_key(text: str) -> None:
    key = text_key(text)
    assert text_key(key) in {key, ""} or not key.isalpha()
