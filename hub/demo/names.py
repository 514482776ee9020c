"""Invented names and addresses, put together from common characters, big cities and everyday street names."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final


def _table(text: str) -> list[tuple[str, str, str]]:
    rows = (row.split() for row in text.split(","))
    return [(first, second, third) for first, second, third in rows]


# simplified, traditional, pinyin
_SURNAMES: Final = _table(
    "王 王 Wang,李 李 Li,张 張 Zhang,刘 劉 Liu,陈 陳 Chen,杨 楊 Yang,赵 趙 Zhao,黄 黃 Huang,周 周 Zhou,吴 吳 Wu,"
    "徐 徐 Xu,孙 孫 Sun,胡 胡 Hu,朱 朱 Zhu,高 高 Gao,林 林 Lin,何 何 He,郭 郭 Guo,马 馬 Ma,罗 羅 Luo,"
    "梁 梁 Liang,宋 宋 Song,郑 鄭 Zheng,谢 謝 Xie,韩 韓 Han,唐 唐 Tang,冯 馮 Feng,于 于 Yu,董 董 Dong,萧 蕭 Xiao,"
    "程 程 Cheng,曹 曹 Cao,袁 袁 Yuan,邓 鄧 Deng,许 許 Xu,傅 傅 Fu,沈 沈 Shen,曾 曾 Zeng,彭 彭 Peng,吕 呂 Lv,"
    "欧阳 歐陽 Ouyang,司马 司馬 Sima"
)
_MALE: Final = _table(
    "伟 偉 wei,强 強 qiang,磊 磊 lei,军 軍 jun,杰 傑 jie,涛 濤 tao,明 明 ming,超 超 chao,刚 剛 gang,平 平 ping,"
    "辉 輝 hui,鹏 鵬 peng,浩 浩 hao,宇 宇 yu,建 建 jian,国 國 guo,志 志 zhi,文 文 wen,俊 俊 jun,海 海 hai,"
    "峰 峰 feng,龙 龍 long,晨 晨 chen,博 博 bo,凯 凱 kai,东 東 dong,泽 澤 ze,毅 毅 yi"
)
_FEMALE: Final = _table(
    "芳 芳 fang,娜 娜 na,敏 敏 min,静 靜 jing,丽 麗 li,艳 艷 yan,娟 娟 juan,霞 霞 xia,秀 秀 xiu,兰 蘭 lan,"
    "婷 婷 ting,雪 雪 xue,梅 梅 mei,玲 玲 ling,欣 欣 xin,怡 怡 yi,佳 佳 jia,慧 慧 hui,琳 琳 lin,颖 穎 ying,"
    "晓 曉 xiao,云 雲 yun,梦 夢 meng,诗 詩 shi,雨 雨 yu,思 思 si,萌 萌 meng,洁 潔 jie"
)
_CITIES: Final = _table(
    "上海 上海市 浦东新区,上海 上海市 徐汇区,上海 上海市 闵行区,北京 北京市 朝阳区,北京 北京市 海淀区,"
    "广东省 广州市 天河区,广东省 深圳市 南山区,广东省 佛山市 禅城区,浙江省 杭州市 西湖区,浙江省 宁波市 鄞州区,"
    "浙江省 温州市 鹿城区,江苏省 南京市 鼓楼区,江苏省 苏州市 姑苏区,江苏省 无锡市 梁溪区,四川省 成都市 锦江区,"
    "重庆 重庆市 渝中区,湖北省 武汉市 武昌区,湖南省 长沙市 岳麓区,陕西省 西安市 雁塔区,山东省 济南市 历下区,"
    "山东省 青岛市 市南区,辽宁省 大连市 中山区,辽宁省 沈阳市 和平区,福建省 厦门市 思明区,福建省 福州市 鼓楼区,"
    "河南省 郑州市 金水区,安徽省 合肥市 蜀山区,江西省 南昌市 东湖区,云南省 昆明市 五华区,天津 天津市 河西区"
)
_ROADS: Final = (
    *("人民路", "中山路", "解放路", "建设路", "和平路", "文化路", "新华路"),
    *("长江路", "黄河路", "学院路", "滨江大道", "桂花街", "梧桐街", "春熙里"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the three scripts that systems write it in."""

    surname: str
    given: str
    traditional: str
    pinyin: str

    @property
    def simplified(self) -> str:
        """As its owner writes it."""
        return self.surname + self.given


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone lives; `street` is the address within the district."""

    province: str
    city: str
    district: str
    street: str

    @property
    def address(self) -> str:
        """The whole address, the city-provinces named once."""
        province = "" if self.city.startswith(self.province) else self.province
        return f"{province}{self.city}{self.district}{self.street}"


def draw_surname(rng: Random) -> int:
    """The number of a surname, for `draw_name`: a family draws once."""
    return int(rng.random() * len(_SURNAMES))


def draw_name(rng: Random, surname: int, *, male: bool) -> Name:
    """A full name: one given character or, more often, two."""
    family, family_traditional, family_pinyin = _SURNAMES[surname]
    characters = _MALE if male else _FEMALE
    given = [rng.choice(characters) for _ in range(1 if rng.random() < 0.3 else 2)]
    return Name(
        surname=family,
        given="".join(simple for simple, _, _ in given),
        traditional=family_traditional + "".join(traditional for _, traditional, _ in given),
        pinyin=f"{family_pinyin} {''.join(sound for _, _, sound in given).capitalize()}",
    )


def mistype(name: Name, rng: Random) -> str:
    """The name as its owner writes it, but for the last character, which is another."""
    others = [simple for simple, _, _ in (*_MALE, *_FEMALE) if simple != name.given[-1]]
    return name.simplified[:-1] + rng.choice(others)


def draw_place(rng: Random) -> Place:
    """An address in one of thirty districts."""
    province, city, district = rng.choice(_CITIES)
    house, block, room = 1 + int(rng.random() * 899), 1 + int(rng.random() * 28), 101 + int(rng.random() * 2400)
    return Place(province, city, district, f"{rng.choice(_ROADS)}{house}号{block}栋{room}室")
