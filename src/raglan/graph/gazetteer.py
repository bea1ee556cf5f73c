"""Small lists of words that tell what a name names: countries and cities, forms of organisations, given names."""

from __future__ import annotations

__all__ = ["CITIES", "COUNTRIES", "GIVEN", "ORGANISATION", "PLACE", "SURNAMES", "TITLES"]

COUNTRIES = frozenset(
    """afghanistan|albania|algeria|angola|argentina|armenia|australia|austria|azerbaijan|bahrain|bangladesh|
    barbados|belarus|belgium|belize|benin|bhutan|bolivia|botswana|brazil|brunei|bulgaria|burundi|cambodia|
    cameroon|canada|chad|chile|china|colombia|congo|costa rica|croatia|cuba|cyprus|czech republic|denmark|
    dominican republic|ecuador|egypt|el salvador|england|eritrea|estonia|ethiopia|fiji|finland|france|gabon|
    gambia|germany|ghana|greece|guatemala|guinea|guyana|haiti|honduras|hungary|iceland|india|indonesia|iran|
    iraq|ireland|israel|italy|ivory coast|jamaica|japan|jordan|kazakhstan|kenya|kuwait|laos|latvia|lebanon|
    liberia|libya|lithuania|luxembourg|madagascar|malawi|malaysia|maldives|mali|malta|mauritius|mexico|moldova|
    monaco|mongolia|montenegro|morocco|mozambique|myanmar|namibia|nepal|netherlands|new zealand|nicaragua|niger|
    nigeria|north korea|northern ireland|norway|oman|pakistan|panama|paraguay|peru|philippines|poland|portugal|
    qatar|romania|russia|rwanda|saudi arabia|scotland|senegal|serbia|singapore|slovakia|slovenia|somalia|
    south africa|south korea|spain|sri lanka|sudan|sweden|switzerland|syria|taiwan|tajikistan|tanzania|thailand|
    tunisia|turkey|uganda|ukraine|united arab emirates|united kingdom|united states|united states of america|
    uruguay|us|usa|uk|uzbekistan|venezuela|vietnam|wales|yemen|zambia|zimbabwe|soviet union|europe|asia|africa|
    north america|south america|antarctica|oceania|中国|美国|英国|法国|德国|俄罗斯|日本|韩国|朝鲜|印度|意大利|
    西班牙|葡萄牙|荷兰|比利时|瑞士|瑞典|挪威|丹麦|芬兰|波兰|奥地利|匈牙利|希腊|土耳其|埃及|南非|巴西|阿根廷|
    墨西哥|加拿大|澳大利亚|新西兰|新加坡|马来西亚|泰国|越南|菲律宾|印度尼西亚|巴基斯坦|伊朗|伊拉克|以色列|
    乌克兰|苏联|欧洲|亚洲|非洲|北美洲|南美洲""".replace("\n", "")
    .replace(" " * 4, "")
    .split("|")
)
CITIES = frozenset(
    """london|paris|berlin|rome|madrid|vienna|moscow|tokyo|beijing|shanghai|hong kong|new york|new york city|
    los angeles|chicago|boston|san francisco|washington|toronto|sydney|melbourne|mumbai|delhi|cairo|istanbul|
    dublin|edinburgh|glasgow|amsterdam|brussels|munich|hamburg|milan|venice|prague|warsaw|budapest|athens|
    lisbon|barcelona|stockholm|oslo|copenhagen|helsinki|california|texas|florida|ohio|virginia|michigan|
    illinois|pennsylvania|massachusetts|new jersey|georgia|arizona|oregon|北京|上海|天津|重庆|广州|深圳|南京|
    武汉|成都|西安|杭州|苏州|香港|澳门|台北|高雄|东京|伦敦|巴黎|纽约|莫斯科|柏林|罗马""".replace("\n", "")
    .replace(" " * 4, "")
    .split("|")
)
PLACE = frozenset(
    """
    city county river lake mountain mountains mount island islands street road avenue park province valley bay
    sea ocean desert village town bridge district peninsula canal airport castle beach hill hills forest borough
    coast region strait gulf square cathedral palace stadium station harbour harbor
    """.split()
)
ORGANISATION = frozenset(
    """
    inc corp corporation company co ltd llc plc gmbh university college institute school academy ministry
    department agency association society party bank council committee commission club league union federation
    foundation group press records museum library hospital church parliament congress senate army navy force
    organization organisation authority bureau office court board team orchestra band centre center laboratory
    network studios pictures entertainment airlines international systems technologies trust service services
    administration
    """.split()
)
TITLES = frozenset(
    """
    mr mrs ms dr prof professor sir lord lady king queen president senator governor general captain colonel pope
    saint prince princess emperor judge justice chancellor minister
    """.split()
)
GIVEN = frozenset(
    """
    james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony
    mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan
    jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander
    raymond patrick jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan
    jeremy harold keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe
    jordan billy bruce albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah
    louis bobby philip johnny mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa
    nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah
    stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen
    samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth julie olivia
    joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah jacqueline
    martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia judy sophia grace
    denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany charlotte marie kayla
    alexis lori fred harry ernest stanley leonard alfred martin hugh simon oliver edgar winston isaac leo max
    felix karl hans friedrich johann wolfgang ludwig pierre jacques francois giovanni marco luigi pablo carlos
    miguel fernando ivan vladimir boris nikolai sergei mikhail leon ray tony mike steve bill tom jim bob dave
    dan ben sam ken ron don ted chris matt nick greg jeff
    """.split()
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦"
    "付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
