//! Stations whose channels have a name of their own, which lists write with and without the station's in front: 上海第一财经
//! is 第一财经. Only names that one station has are here; what several might have (新闻综合, 都市频道) needs its place.

/// Names of one station alone, and what may stand in front of them.
#[rustfmt::skip]
const OWN: [(&str, &[&str]); 32] = [
    ("东方卫视", &["上海"]), ("第一财经", &["上海"]), ("东方影视", &["上海"]), ("五星体育", &["上海"]),
    ("纪实人文", &["上海"]), ("哈哈炫动", &["上海"]), ("东方财经", &["上海"]), ("都市剧场", &["上海"]),
    ("欢笑剧场", &["上海"]), ("七彩戏剧", &["上海"]), ("法治天地", &["上海"]), ("游戏风云", &["上海"]),
    ("动漫秀场", &["上海"]), ("生活时尚", &["上海"]), ("金色频道", &["上海"]), ("乐游", &["上海"]),
    ("金鹰卡通", &["湖南"]), ("金鹰纪实", &["湖南"]), ("卡酷少儿", &["北京"]), ("优漫卡通", &["江苏"]),
    ("嘉佳卡通", &["广东"]), ("珠江", &["广东"]), ("钱江都市", &["浙江"]), ("东南卫视", &["福建"]),
    ("厦门卫视", &["福建"]), ("深圳卫视", &["广东"]), ("三沙卫视", &["海南"]), ("兵团卫视", &["新疆"]),
    ("安多卫视", &["青海"]), ("康巴卫视", &["四川"]), ("翡翠台", &["tvb", "无线", "香港"]),
    ("明珠台", &["tvb", "无线", "香港"]),
];

/// Other names of a channel, in the form that everything else leaves.
#[rustfmt::skip]
const ALIASES: [(&str, &str); 21] = [
    ("上海卫视", "东方卫视"), ("dragontv", "东方卫视"), ("setv", "上海教育"), ("上海教育电视台", "上海教育"),
    ("哈哈炫动卫视", "哈哈炫动"), ("炫动卫视", "哈哈炫动"), ("炫动卡通", "哈哈炫动"), ("金鹰卡通卫视", "金鹰卡通"),
    ("优漫卡通卫视", "优漫卡通"), ("嘉佳卡通卫视", "嘉佳卡通"), ("卡酷卡通", "卡酷少儿"), ("卡酷动画", "卡酷少儿"),
    ("卡酷动画卫视", "卡酷少儿"), ("浙江钱江", "钱江都市"), ("内蒙卫视", "内蒙古卫视"), ("龙江卫视", "黑龙江卫视"),
    ("旅游卫视", "海南卫视"), ("央视高网", "高尔夫网球"), ("凤凰信息", "凤凰资讯"), ("翡翠", "翡翠台"),
    ("明珠", "明珠台"),
];

/// CGTN's channels by what their names hold; documentaries first, for they have a language, too.
#[rustfmt::skip]
const CGTN: [(&[&str], &str); 6] = [
    (&["纪录", "记录", "documentary"], "纪录"),
    (&["西班牙", "西语", "español", "espanol", "spanish"], "西班牙语"),
    (&["法语", "français", "francais", "french"], "法语"),
    (&["俄语", "русский", "russian"], "俄语"),
    (&["阿拉伯", "阿语", "العربية", "arabic"], "阿拉伯语"),
    (&["英语", "英文", "english", "新闻", "news"], ""),
];

/// A name in lower case, of letters and digits, without its quality, in the form of its station.
pub(super) fn own_name(name: String) -> String {
    if let Some(rest) = name.strip_prefix("cgtn") {
        let kind = CGTN.iter().find(|(signs, _)| signs.iter().any(|sign| rest.contains(sign)));
        return format!("cgtn{}", kind.map_or(rest, |(_, kind)| kind));
    }
    if let Some(number) = education(&name) {
        return format!("cetv{number}");
    }
    let name = phoenix(&name).or_else(|| with_place(&name)).unwrap_or(name);
    let own = OWN.iter().find(|(own, places)| places.iter().any(|place| name.strip_prefix(place) == Some(own)));
    let name = own.map_or(name.as_str(), |(own, _)| own);
    ALIASES.iter().find(|(other, _)| *other == name).map_or(name, |(_, own)| own).to_owned()
}

/// CETV-1, 中国教育一台, 中国教育电视台1.
fn education(name: &str) -> Option<u32> {
    let rest = ["中国教育电视台", "中国教育", "cetv"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let rest = ["台", "套"].iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
    match rest.parse() {
        Ok(number) => Some(number),
        Err(_) => "一二三四".chars().zip(1..).find(|(sign, _)| rest.chars().eq([*sign])).map(|(_, number)| number),
    }
}

/// 凤凰卫视中文台 is 凤凰中文; 凤凰卫视 alone might be any of its channels.
fn phoenix(name: &str) -> Option<String> {
    let rest = name.strip_prefix("凤凰")?;
    let channel = rest.trim_start_matches("卫视").trim_end_matches('台');
    (!channel.is_empty()).then(|| format!("凤凰{channel}"))
}

/// With the place in front instead of the station's letters: 上视新闻综合, BTV文艺, BRTV北京卫视, SiTV都市剧场.
fn with_place(name: &str) -> Option<String> {
    if let Some(channel) = name.strip_prefix("上视").filter(|channel| !channel.is_empty()) {
        return Some(format!("上海{channel}"));
    }
    let channel = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = name.get(..name.len() - channel.len())?;
    // A satellite channel has its place in its name.
    let is_satellite = channel.ends_with("卫视") && channel.chars().count() >= 4;
    match letters {
        "" => None,
        _ if !channel.starts_with(|c: char| c.is_alphabetic()) => None,
        _ if is_satellite => Some(channel.to_owned()),
        "btv" | "brtv" if channel.starts_with("卡酷") || channel.starts_with("北京") => Some(channel.to_owned()),
        "btv" | "brtv" => Some(format!("北京{channel}")),
        "sitv" | "smg" => Some(channel.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crate::guide::names::normalise;

    #[test]
    fn a_stations_own_names_are_found_with_and_without_its_place() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for group in [
            ["东方卫视", "上海东方卫视", "上海卫视", "Dragon TV", "東方衛視HD", "SMG东方卫视"].as_slice(),
            &["第一财经", "上海第一财经", "上海电视台第一财经频道", "第一財經HD"],
            &["东方影视", "上海东方影视频道"],
            &["五星体育", "上海五星体育", "五星体育高清"],
            &["纪实人文", "上海纪实人文频道"],
            &["上海教育", "上海教育电视台", "SETV", "上海教育频道"],
            &["上海都市", "上海都市频道", "上海电视台都市频道"],
            &["上海新闻综合", "上视新闻综合", "SMG上海新闻综合"],
            &["新闻综合"],
            &["都市频道", "都市"],
            &["上海新闻"],
            &["哈哈炫动", "哈哈炫动卫视", "炫动卫视", "上海哈哈炫动"],
            &["都市剧场", "SiTV都市剧场", "SITV-都市剧场 HD"],
            &["凤凰中文", "凤凰卫视中文台", "凤凰中文台", "凤凰卫视中文", "鳳凰衛視中文台 HD"],
            &["凤凰资讯", "凤凰卫视资讯台", "凤凰资讯台"],
            &["凤凰香港", "凤凰卫视香港台"],
            &["凤凰卫视"],
            &["CGTN", "CGTN英语", "CGTN News", "CGTN English HD"],
            &["CGTN纪录", "CGTN Documentary", "CGTN英文记录", "CGTN-纪录 高清"],
            &["CGTN西班牙语", "CGTN-西语", "CGTN Español"],
            &["CGTN法语", "CGTN Français"],
            &["CGTN俄语", "CGTN Русский"],
            &["CGTN阿拉伯语", "CGTN-阿语", "CGTN العربية"],
            &[
                "CETV-1",
                "CETV1 HD",
                "中国教育1台",
                "中国教育一台",
                "中国教育电视台1",
                "中国教育电视台一套",
                "中国教育-1",
            ],
            &["CETV-2", "中国教育2台"],
            &["CETV早期教育"],
            &["北京卫视", "北京卫视4K", "BTV北京卫视", "BRTV北京卫视"],
            &["北京文艺", "BTV文艺", "BRTV文艺HD"],
            &["北京新闻", "BTV新闻", "北京新闻频道"],
            &["卡酷少儿", "北京卡酷少儿", "BTV卡酷少儿", "卡酷动画卫视"],
            &["内蒙古卫视", "内蒙卫视", "NMTV内蒙古卫视"],
            &["东南卫视", "福建东南卫视"],
            &["兵团卫视", "新疆兵团卫视"],
            &["新疆卫视"],
            &["海南卫视", "旅游卫视"],
            &["黑龙江卫视", "龙江卫视"],
            &["金鹰卡通", "湖南金鹰卡通", "金鹰卡通卫视"],
            &["金鹰纪实", "湖南金鹰纪实"],
            &["翡翠台", "TVB翡翠台", "翡翠台4K", "无线翡翠台"],
            &["浙江卫视"],
            &["浙江经济生活"],
            &["钱江都市", "浙江钱江都市", "浙江钱江频道"],
            &["CHC动作电影"],
            &["NewTV动作电影"],
            &["动作电影"],
            &["卫视"],
        ] {
            let form = normalise(group[0]);
            for name in group {
                assert_eq!(normalise(name), form, "{name}");
            }
            assert_eq!(seen.insert(form, group[0]), None, "{}", group[0]);
        }
    }
}
