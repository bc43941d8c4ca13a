//! What a channel's name means: the one form of all the ways in which lists and guides write it. Pure text; which
//! guide's channel that is, `matching` finds.

use super::brands;

/// What follows a name without changing which channel it is. Longer ones first.
#[rustfmt::skip]
const SUFFIXES: [&str; 27] = [
    "超高清", "1080p", "1080i", "2160p", "50fps", "60fps", "10bit", "hdr10", "hevc", "h265", "h264", "ipv6", "720p",
    "高清", "超清", "标清", "蓝光", "备用", "频道", "fhd", "uhd", "hdr", "hd", "sd", "4k", "8k", "台标",
];

/// Channels of CCTV without a number, written with and without its name in front.
#[rustfmt::skip]
const CCTV_OTHERS: [&str; 13] = [
    "风云足球", "风云音乐", "风云剧场", "第一剧场", "怀旧剧场", "世界地理", "兵器科技", "女性时尚", "电视指南",
    "高尔夫网球", "文化精品", "卫生健康", "台球",
];

/// Traditional signs that channels' names have, and their simplified ones.
#[rustfmt::skip]
const SIMPLIFIED: [(char, char); 64] = [
    ('衛', '卫'), ('視', '视'), ('東', '东'), ('華', '华'), ('鳳', '凤'), ('資', '资'), ('訊', '讯'), ('臺', '台'),
    ('灣', '湾'), ('國', '国'), ('際', '际'), ('綜', '综'), ('藝', '艺'), ('體', '体'), ('電', '电'), ('劇', '剧'),
    ('財', '财'), ('經', '经'), ('軍', '军'), ('農', '农'), ('業', '业'), ('記', '记'), ('錄', '录'), ('紀', '纪'),
    ('戲', '戏'), ('兒', '儿'), ('樂', '乐'), ('頻', '频'), ('廣', '广'), ('蘇', '苏'), ('遼', '辽'), ('寧', '宁'),
    ('龍', '龙'), ('聞', '闻'), ('慶', '庆'), ('貴', '贵'), ('雲', '云'), ('陝', '陕'), ('肅', '肃'), ('內', '内'),
    ('亞', '亚'), ('歐', '欧'), ('語', '语'), ('環', '环'), ('娛', '娱'), ('網', '网'), ('動', '动'), ('畫', '画'),
    ('話', '话'), ('時', '时'), ('間', '间'), ('點', '点'), ('線', '线'), ('無', '无'), ('緯', '纬'), ('來', '来'),
    ('濟', '济'), ('車', '车'), ('購', '购'), ('達', '达'), ('愛', '爱'), ('鐵', '铁'), ('賽', '赛'), ('會', '会'),
];

/// CCTV's channels by their subject.
#[rustfmt::skip]
const CCTV_SUBJECTS: [(&str, &str); 20] = [
    ("体育赛事", "5+"), ("中文国际", "4"), ("国防军事", "7"), ("军事农业", "7"), ("社会与法", "12"), ("奥林匹克", "16"),
    ("农业农村", "17"), ("电视剧", "8"), ("综合", "1"), ("财经", "2"), ("综艺", "3"), ("体育", "5"), ("电影", "6"),
    ("纪录", "9"), ("科教", "10"), ("戏曲", "11"), ("新闻", "13"), ("少儿", "14"), ("音乐", "15"), ("军事", "7"),
];

/// The form in which CCTV-1, CCTV1综合 and 央视一套 are the same.
pub fn normalise(name: &str) -> String {
    let whole = half_width(name);
    let plain = without_brackets(&whole);
    // Brackets may hold what tells two of CCTV's channels apart.
    if let Some(cctv) = cctv(&whole).or_else(|| cctv(&plain)) {
        return cctv;
    }
    let mut rest: String = plain.chars().filter(|c| c.is_alphanumeric() || *c == '+').collect();
    if rest.is_empty() {
        return whole.trim().to_owned();
    }
    // Taking one thing away may lay open another; each step shortens the name or is the last.
    for _ in 0..8 {
        let length = rest.len();
        while let Some(shorter) = SUFFIXES.iter().find_map(|s| rest.strip_suffix(s)).filter(|s| !s.is_empty()) {
            rest.truncate(shorter.len());
        }
        // 上海电视台新闻综合频道 is 上海新闻综合; 湖南电视台 is itself.
        if let Some((station, channel)) = rest.split_once("电视台").filter(|(s, c)| !s.is_empty() && !c.is_empty()) {
            rest = format!("{station}{channel}");
        }
        if rest.len() == length {
            break;
        }
    }
    brands::own_name(rest)
}

/// Lower case, full-width forms as their half-width ones, traditional signs as their simplified ones.
fn half_width(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '【' | '〔' | '「' => '[',
            '】' | '〕' | '」' => ']',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{4e00}'.. => SIMPLIFIED.iter().find(|(old, _)| *old == c).map_or(c, |(_, new)| *new),
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Leaves out `(1080p)` and `[HD]`; a bracket that never closes is an ordinary sign.
fn without_brackets(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(['(', '[']) {
        let close = if rest.get(at..).is_some_and(|r| r.starts_with('(')) { ')' } else { ']' };
        let Some(end) = rest.get(at..).and_then(|r| r.find(close)) else { break };
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push(' ');
        rest = rest.get(at + end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    if out.trim().is_empty() { name.to_owned() } else { out }
}

/// `cctv` and its number, for every way of writing one of its numbered channels.
fn cctv(name: &str) -> Option<String> {
    let name = name.trim();
    let rest =
        ["中国中央电视台", "中央电视台", "中央台", "央视", "中央", "cctv"].iter().find_map(|p| name.strip_prefix(p))?;
    let is_cctv = name.starts_with("cctv");
    let marks = ['-', '_', ' ', '·', '.', ':', '—'];
    let rest = rest.trim_start_matches(marks);
    // Both names, and 第一套.
    let rest =
        ["cctv", "央视", "第"].iter().find_map(|p| rest.strip_prefix(p)).map_or(rest, |r| r.trim_start_matches(marks));
    if let Some((number, after)) = digits(rest).or_else(|| chinese_number(rest)) {
        let written_as_number = rest.starts_with(|c: char| c.is_ascii_digit());
        // 央视一套 and 中央一台 count; 中央一号文件 does not.
        if !is_cctv && !written_as_number && !after.starts_with(['套', '台', '频']) {
            return None;
        }
        // CCTV-4K, and the 3D of old.
        if let Some(sign) = ['k', 'd'].into_iter().find(|sign| after.starts_with(*sign)) {
            return Some(format!("cctv{number}{sign}"));
        }
        let plus = if after.starts_with(['+', '加']) || after.starts_with("plus") || after.contains("体育赛事") {
            "+"
        } else {
            ""
        };
        // CCTV-4 has three editions of its own.
        let edition = [("欧", "欧洲"), ("europe", "欧洲"), ("美", "美洲"), ("america", "美洲")]
            .iter()
            .find(|(sign, _)| number == 4 && after.contains(sign));
        return Some(format!("cctv{number}{plus}{}", edition.map_or("", |(_, name)| name)));
    }
    let subject: String = rest.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut subject = subject.as_str();
    while let Some(shorter) = SUFFIXES.iter().find_map(|s| subject.strip_suffix(s)) {
        subject = shorter;
    }
    if CCTV_OTHERS.contains(&subject) {
        return Some(subject.to_owned());
    }
    CCTV_SUBJECTS.iter().find(|(name, _)| *name == subject).map(|(_, number)| format!("cctv{number}"))
}

fn digits(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text.get(..end)?.parse().ok()?;
    Some((number, text.get(end..)?.trim_start()))
}

/// 一 to 十九.
fn chinese_number(text: &str) -> Option<(u32, &str)> {
    let digit = |c: char| "一二三四五六七八九".chars().zip(1..).find(|(d, _)| *d == c).map(|(_, n)| n);
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == '十' {
        let rest = chars.as_str();
        return match rest.chars().next().and_then(digit) {
            Some(n) => Some((10 + n, rest.get('一'.len_utf8()..)?)),
            None => Some((10, rest)),
        };
    }
    Some((digit(first)?, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_mean_the_same() {
        for group in [
            [
                "CCTV-1",
                "CCTV1综合",
                "央视一套",
                "CCTV-01 高清",
                "ＣＣＴＶ－１",
                "中央电视台综合频道",
                "CCTV 1 (1080p)",
                "cctv1HD",
            ]
            .as_slice(),
            &["CCTV-5+", "CCTV5＋体育赛事", "CCTV5plus", "CCTV-5+ HD"],
            &["CCTV-5", "CCTV5体育", "央视体育", "央视五套"],
            &["CCTV-13", "CCTV13新闻", "央视新闻", "央视十三套", "中央13台", "CCTV新闻"],
            &["CCTV4K", "CCTV-4K超高清"],
            &["CCTV-1", "中央电视台第一套节目", "央视第1套"],
            &["CCTV央视台球", "央视台球", "CCTV-台球", "台球"],
            &["CCTV央视文化精品", "央视文化精品", "CCTV文化精品HD"],
            &["CCTV-10", "央视十套"],
            &["东方卫视", "东方卫视HD", "东方卫视 高清", "东方卫视4K超高清", "【HD】东方卫视"],
            &["上海新闻综合", "上海新闻综合频道", "上海电视台新闻综合频道", "上视新闻综合", "上海新聞綜合 HD"],
            &["CCTV-1", "中央1台", "CCTV-1HD", "CCTV1 [1080p]", "cctv-1综合(高清)", "央视1套", "CCTV一套"],
            &["CCTV-4 欧洲", "CCTV-4 (Europe)", "CCTV4（欧洲）", "CCTV-4中文国际(欧)", "CCTV-4中文国际欧洲 HD"],
            &["CCTV-4", "CCTV-4中文国际", "CCTV4 (亚洲)", "央视中文国际"],
            &["CCTV16", "CCTV-16奥林匹克", "CCTV-16 4K", "CCTV16-奥林匹克(4K)"],
            &["鳳凰衛視資訊台", "凤凰卫视资讯台", "鳳凰衛視資訊臺 HD"],
            &["风云足球", "CCTV风云足球", "CCTV-风云足球", "央视风云足球HD"],
            &["湖南卫视", "湖南衛視", "湖南卫视 [50fps]", "湖南卫视-HD", "湖南卫视_4K", "湖南卫视「超清」"],
        ] {
            let first = normalise(group[0]);
            for name in group {
                assert_eq!(normalise(name), first, "{name}");
            }
        }
        let distinct = [
            "CCTV-1",
            "CCTV-11",
            "CCTV-4",
            "CCTV4K",
            "CCTV-4 欧洲",
            "CCTV-4 America",
            "CCTV-3",
            "CCTV 3D",
            "CCTV-5",
            "CCTV-5+",
            "CCTV-1 4K",
            "中央一号文件",
            "4K",
            "HD",
            "",
        ];
        let forms: std::collections::HashSet<_> = distinct.iter().map(|n| normalise(n)).collect();
        // CCTV-1 and CCTV-1 4K are one.
        assert_eq!(forms.len(), distinct.len() - 1);
    }

    proptest! {
        #[test]
        fn no_name_panics(name in ".{0,40}", cctv in "(CCTV|央视|中央)[-0-9一二十套台k+ ]{0,8}.{0,4}") {
            let _ = (normalise(&name), normalise(&cctv));
        }

        #[test]
        fn normalising_is_stable(name in "[一-龥a-zA-Z0-9+ -]{1,12}") {
            let once = normalise(&name);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
