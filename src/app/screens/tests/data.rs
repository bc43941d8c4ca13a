//! What a test sees: a lineup, its programmes, a catalogue with something of every kind.

use uuid::Uuid;

use crate::{
    app::screens::quiz_tests,
    catalogue::types::*,
    guide::{lineup::*, programme::Programme},
    learning::records::{Activities, Source},
    time::UtcMs,
};

pub(crate) const START: UtcMs = UtcMs(1_795_515_120_000);

pub(crate) fn source(url: &str) -> MediaSource {
    MediaSource { url: url.into(), headers: vec![] }
}

pub(crate) fn channel(number: u32, name: &str, group: &str) -> Channel {
    Channel {
        id: ChannelId(format!("c{number}")),
        number: ChannelNumber(number),
        name: name.into(),
        groups: vec![group.into()],
        logo: None,
        sources: vec![source(&format!("http://op.example/{number}.m3u8"))],
        catchup: None,
        epg_id: None,
        epg_name: None,
        radio: false,
    }
}

pub(crate) fn lineup() -> Lineup {
    let channels = vec![
        channel(1, "金色一套", "学习课堂"),
        Channel {
            catchup: Some(Catchup { mode: "default".into(), days: 2, source: None, ..Catchup::default() }),
            ..channel(2, "健康频道", "学习课堂")
        },
        Channel {
            catchup: Some(Catchup { mode: "shift".into(), days: 2, source: None, ..Catchup::default() }),
            ..channel(3, "沪语频道", "上海本地")
        },
        channel(5, "戏曲频道", "戏曲音乐"),
        channel(35, "茶频道", "生活"),
        Channel {
            catchup: Some(Catchup { mode: "vod".into(), days: 2, source: None, ..Catchup::default() }),
            ..channel(38, "书画频道", "生活")
        },
    ];
    Lineup { channels: channels.into(), guides: vec![] }
}

/// What the guide has: programmes of unequal length that begin at odd times and run over midnight, a gap in each day,
/// nothing for channel 5, nothing more than two days ahead.
pub(crate) fn programmes(channel: &ChannelId, from: UtcMs, to: UtcMs) -> Vec<Programme> {
    const MINUTE: i64 = 60_000;
    const LENGTHS: [i64; 7] = [25, 30, 5, 45, 200, 10, 60];
    let cycle: i64 = LENGTHS.iter().sum::<i64>() * MINUTE;
    let last = START.plus(2 * 86_400_000);
    let mut found = Vec::new();
    let first = from.0.div_euclid(cycle) - 1;
    let mut start = UtcMs(first * cycle + 7 * MINUTE);
    for (n, length) in (first * 7..).zip(LENGTHS.into_iter().cycle()) {
        if start >= to || start > last || channel.0 == "c5" {
            break;
        }
        let end = start.plus(length * MINUTE);
        if end > from && n % 11 != 10 {
            let description = (n % 2 == 0).then(|| format!("第{n}集\n讲讲第{n}件事"));
            let catchup_id = Some(format!("http://vod.example/{n}.m3u8"));
            found.push(Programme { title: format!("节目{n}"), start, end, description, catchup_id });
        }
        start = end;
    }
    found
}

fn course(id: &str, band: Band, tier: Tier, lessons: u32) -> Course {
    Course {
        provider: "社区学院".into(),
        teacher: "本课老师".into(),
        credit_tenths: 10,
        lessons: (0..lessons)
            .map(|i| Lesson {
                id: LessonId(format!("l{i}")),
                title: format!("第{i}讲"),
                duration_s: 60,
                sources: if i == 3 { vec![] } else { vec![source(&format!("http://op.example/{id}/{i}.m3u8"))] },
                subtitles: vec![],
                chapter: None,
                quiz: None,
            })
            .collect(),
        hours_tenths: 10,
        ..Course::new(CourseId(id.into()), format!("课程{id}"), band, tier, Form::Mooc)
    }
}

pub(crate) fn catalogue() -> Catalogue {
    let mut courses: Vec<Course> =
        (0..9).map(|i| course(&format!("h{i}"), Band::Health, Tier::Beginner, i + 1)).collect();
    courses.push(quiz_tests::with_questions(course("x", Band::Arts, Tier::Advanced, 8)));
    let mut class = course("live", Band::Life, Tier::Intermediate, 0);
    class.form = Form::Live;
    class.live.push(LiveSession {
        id: "s".into(),
        title: "今晚课".into(),
        start: START.plus(-60_000),
        end: START.plus(3_600_000),
        sources: vec![source("http://op.example/live.m3u8")],
        place: None,
        recording: None,
    });
    courses.push(class);
    let mut hall = course("hall", Band::Culture, Tier::Beginner, 3);
    hall.form = Form::Short;
    hall.ladder = Some("讲".into());
    let session = |id: &str, from_min: i64| LiveSession {
        id: id.into(),
        title: format!("课{id}"),
        start: START.plus(from_min * 60_000),
        end: START.plus((from_min + 5) * 60_000),
        sources: if id == "c" { vec![] } else { vec![source("http://op.example/hall.m3u8")] },
        place: Some("二楼".into()),
        recording: (id == "a").then(|| LessonId("l1".into())),
    };
    hall.live =
        vec![session("a", -10), session("b", 2), session("c", 20), session("d", 2 * 1440), session("e", 9 * 1440)];
    hall.venue = Some(Venue {
        address: "学院路1号".into(),
        transport: "地铁1号线".into(),
        times: "每周三".into(),
        page: Some("https://op.example/p".into()),
    });
    hall.enrolment = Some(Enrolment { url: "http://op.example/enrol/hall".into(), seats: 3 });
    courses.push(hall);
    let mut step = course("step", Band::Culture, Tier::Advanced, 2);
    step.ladder = Some("讲".into());
    for (i, lesson) in step.lessons.iter_mut().enumerate() {
        lesson.chapter = Some(format!("第{i}周"));
    }
    courses.push(step);
    Catalogue { courses: courses.into(), surveys: vec![] }
}

/// The operator takes learning records; whether the learner agrees is for the hands to find.
pub(crate) fn records() -> Source {
    Source { activities: Activities("https://school.example/".parse().unwrap()), seed: Uuid::from_u128(5) }
}
