//! An XMLTV guide of any size, the same on every machine: channels c0, c1, … with programmes of fifty minutes one after
//! another from a given second on, some five hundred bytes each with the elements that feeds in the field carry.

use std::{fs::File, io::Write as _, path::Path};

/// Of one programme.
pub const LENGTH_S: i64 = 50 * 60;

/// A gigabyte: two million programmes, and almost exactly a week for each channel.
pub const GIGABYTE: Guide = Guide { channels: 10_000, programmes: 200 };

pub struct Guide {
    pub channels: usize,
    /// Of each channel.
    pub programmes: usize,
}

const TITLES: [&str; 8] = [
    "健康学堂：怎样看懂药品说明书",
    "书法入门",
    "新闻三十分",
    "上海话小品",
    "戏曲名段欣赏：牡丹亭",
    "智能手机课堂：扫码乘地铁",
    "防骗提醒",
    "电视剧：外滩钟声",
];

const SENTENCES: [&str; 8] = [
    "今天老师讲怎样安全用药，怎样看懂说明书上的字。",
    "本期请来三位学员，说说他们一年里学到了什么。",
    "从握笔的姿势讲起，慢慢写，不着急。",
    "记者走访了社区学校，看看新学期有哪些新的课程。",
    "遇到陌生电话先挂断，再打给家里人问一问。",
    "节目里用到的讲义，可以在学习点领取。",
    "这一集里，老街坊们为了一棵树该不该砍吵了起来。",
    "名家名段，配有字幕，方便跟着学唱。",
];

impl Guide {
    /// Writes the feed, channel by channel.
    pub fn write(&self, path: &Path, first_s: i64) -> std::io::Result<()> {
        let mut out = std::io::BufWriter::with_capacity(1 << 20, File::create(path)?);
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tv generator-info-name=\"bench\">")?;
        for channel in 0..self.channels {
            writeln!(
                out,
                "<channel id=\"c{channel}\"><display-name lang=\"zh\">测试{channel}台</display-name><icon src=\"http://tv.example/logo/{channel}.png\"/></channel>"
            )?;
        }
        let time = |s: i64| jiff::Timestamp::from_second(s).map(|t| t.strftime("%Y%m%d%H%M%S +0000").to_string());
        let times = (0..=self.programmes as i64)
            .map(|slot| time(first_s + slot * LENGTH_S))
            .collect::<Result<Vec<_>, _>>()
            .map_err(std::io::Error::other)?;
        let pick = |from: &[&'static str], n: usize| from.get(n % from.len()).copied().unwrap_or_default();
        for channel in 0..self.channels {
            for (slot, pair) in times.windows(2).enumerate() {
                let [start, stop] = pair else { continue };
                let mix = channel.wrapping_mul(31).wrapping_add(slot.wrapping_mul(17));
                writeln!(
                    out,
                    "  <programme start=\"{start}\" stop=\"{stop}\" channel=\"c{channel}\">\n    <title lang=\"zh\">{} {slot}</title>\n    <desc lang=\"zh\">{}{}{}</desc>\n    <category lang=\"zh\">教育</category>\n    <episode-num system=\"xmltv_ns\">0.{slot}.0/1</episode-num>\n  </programme>",
                    pick(&TITLES, mix),
                    pick(&SENTENCES, mix / 3),
                    pick(&SENTENCES, mix / 5 + 1),
                    pick(&SENTENCES, mix / 7 + 2),
                )?;
            }
        }
        writeln!(out, "</tv>")?;
        out.flush()
    }
}
