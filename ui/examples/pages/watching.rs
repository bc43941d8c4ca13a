//! Watching: Home, live and what lies over it, the guide, numbers.

use jinse_ui::{GuideData, Page};
use slint::ModelRc;

use super::{Screen, banner, channel_list, home, live, with};

pub const SCREENS: &[Screen] = &[
    ("00-splash", |b| b.set_page(Page::Splash)),
    ("11-search", |b| b.set_page(Page::Search)),
    ("01-home", |b| home(b, |_| {})),
    ("01-home-card", |b| {
        home(b, |h| {
            h.window_focused = false;
            h.card_focused = true;
        })
    }),
    ("01-home-tile-no-signal", |b| {
        home(b, |h| {
            h.window_focused = false;
            h.window_words = "电视信号正在接上".into();
        });
        b.set_home_tiles(with(b.get_home_tiles(), |k, tile| {
            tile.focused = k == 2;
            tile.enabled = k != 3;
        }));
    }),
    ("01-home-pressed", |b| {
        home(b, |h| h.window_focused = false);
        b.set_home_tiles(with(b.get_home_tiles(), |k, tile| tile.focused = k == 1));
        b.set_pressed(true);
    }),
    ("03-live-banner", |b| {
        live(b);
        banner(b, |d| d.shown = true);
    }),
    ("03-live-banner-no-guide", |b| {
        live(b);
        banner(b, |d| {
            d.shown = true;
            d.number = "128".into();
            d.name = "都市频道高清".into();
            d.title = "".into();
            d.next_title = "".into();
            d.words = "暂时没有节目单".into();
            d.favourite = false;
        });
        b.set_live_words("正在打开".into());
    }),
    ("04-channel-list", |b| {
        live(b);
        channel_list(b);
    }),
    ("04-channel-list-group", |b| {
        live(b);
        channel_list(b);
        b.set_channel_groups(with(b.get_channel_groups(), |k, group| group.focused = k == 1));
        b.set_channel_rows(with(b.get_channel_rows(), |_, channel| channel.focused = false));
    }),
    ("04-channel-list-empty", |b| {
        live(b);
        channel_list(b);
        let mut channels = b.get_channels();
        channels.empty_words = "这里还没有频道，按黄键可以把爱看的放进来".into();
        channels.title = "".into();
        channels.next_title = "".into();
        channels.more_below = false;
        b.set_channels(channels);
        b.set_channel_groups(with(b.get_channel_groups(), |k, group| {
            group.focused = k == 0;
            group.selected = k == 0;
        }));
        b.set_channel_rows(ModelRc::default());
    }),
    ("05-pin", |b| {
        live(b);
        let mut pin = b.get_pin();
        pin.shown = true;
        b.set_pin(pin);
    }),
    ("05-guide", |b| b.set_page(Page::Guide)),
    ("05-guide-series", |b| {
        b.set_page(Page::Guide);
        let mut guide = b.get_guide();
        guide.title = "银发书场：评弹选段，听上海的老先生讲从前的故事".into();
        guide.series = "第12集 弄堂里的年".into();
        guide.about = "这一集说的是弄堂里过年的事。".repeat(12).into();
        b.set_guide(guide);
    }),
    ("05-guide-empty-day", |b| {
        b.set_page(Page::Guide);
        let guide = b.get_guide();
        b.set_guide(GuideData {
            number: guide.number,
            name: guide.name,
            words: "这一天的节目单还没有来".into(),
            ..GuideData::default()
        });
        b.set_guide_rows(ModelRc::default());
        b.set_guide_tabs(with(b.get_guide_tabs(), |_, tab| tab.focused = tab.selected));
    }),
    ("05-guide-no-clock", |b| {
        b.set_page(Page::Guide);
        b.set_guide(GuideData {
            words: "电视还不知道现在几点，正在等时间".into(),
            button: "回去看电视".into(),
            waiting: true,
            ..GuideData::default()
        });
        b.set_guide_rows(ModelRc::default());
        b.set_guide_tabs(ModelRc::default());
    }),
    ("05-grid", |b| b.set_page(Page::Grid)),
    ("05-programme", |b| {
        b.set_page(Page::Programme);
        let mut programme = b.get_programme();
        programme.about = "这一集说的是弄堂里过年的事。".repeat(30).into();
        b.set_programme(programme);
    }),
    ("06-number-entry", |b| {
        live(b);
        let mut number = b.get_number();
        number.shown = true;
        b.set_number(number);
    }),
    ("06b-number-none", |b| {
        live(b);
        let mut none = b.get_no_number();
        none.shown = true;
        b.set_no_number(none);
    }),
];
