//! Renders every page and overlay with the bridge's sample data into PNG files, to look at them without a box:
//! `cargo run -p jinse-ui --example pages -- FOLDER [NAME…]`; a name picks the screens that contain it.
//! Each PNG is one entry of `SCREENS`. No logic of the product is here.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jinse_ui::{AppWindow, Bridge, GuideData, Page, PlayerBar, QuizMark, QuizRow, QuizTone};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, WindowAdapter};
use slint::{ComponentHandle, Image, Model, ModelRc, PhysicalSize, Rgb8Pixel, SharedPixelBuffer, VecModel};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
/// Of the live window on the home page.
const WINDOW: (u32, u32) = (1216, 684);
/// The look is checked again at a third of the size, as from far away.
const SMALL: u32 = 3;

type Failure = Box<dyn std::error::Error>;

struct Stage {
    window: Rc<MinimalSoftwareWindow>,
}

impl Platform for Stage {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        Ok(self.window.clone())
    }
}

/// One screen: the file's name and what makes it show. Every screen starts from a fresh window.
type Screen = (&'static str, fn(&Bridge));

const SCREENS: &[Screen] = &[
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
    ("07-category", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |k, card| {
            card.poster = picture(324, 182);
            card.has_poster = k % 2 == 0;
            card.favourite = k == 2;
        }));
    }),
    ("07-category-tab", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |_, card| card.focused = false));
        b.set_tabs(with(b.get_tabs(), |k, tab| tab.focused = k == 0));
    }),
    ("07-category-loading", |b| {
        b.set_page(Page::Category);
        let mut category = b.get_category();
        category.loading = true;
        b.set_category(category);
        b.set_tabs(with(b.get_tabs(), |k, tab| tab.focused = k == 0));
    }),
    ("07-category-empty", |b| {
        b.set_page(Page::Category);
        let mut category = b.get_category();
        category.empty_words = "这一级的课正在准备，先看看入门吧".into();
        category.empty_button = "看看入门".into();
        category.empty_focused = true;
        b.set_category(category);
        b.set_cards(ModelRc::default());
    }),
    ("08-course", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.poster = picture(512, 288);
        course.has_poster = true;
        b.set_course(course);
    }),
    ("08-course-lesson", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.main_focused = false;
        course.title = "金色年华智能手机与电脑基础".into();
        course.more_above = "上面还有2课".into();
        b.set_course(course);
        b.set_lessons(with(b.get_lessons(), |k, lesson| lesson.focused = k == 1));
    }),
    ("09-player", |b| player(b, |_| {})),
    ("09-player-track", |b| {
        player(b, |p| {
            p.bar = PlayerBar::Track;
            p.track_focused = true;
            p.subtitle = "量之前，先静静坐上五分钟，两脚平放在地上，手臂放在桌面，和心口一样高。".into();
        });
        b.set_player_buttons(with(b.get_player_buttons(), |_, button| button.focused = false));
    }),
    ("09-player-plain", |b| {
        player(b, |p| {
            p.bar = PlayerBar::Hidden;
            p.centre = "往前 30 秒".into();
            p.words = "正在接上…".into();
        });
    }),
    ("09-player-end", |b| {
        player(b, |p| p.bar = PlayerBar::Hidden);
        let mut end = b.get_end();
        end.shown = true;
        b.set_end(end);
    }),
    ("10-quiz-wrong", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.image = picture(648, 364);
        b.set_quiz(quiz);
    }),
    ("10b-quiz-right", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.has_image = false;
        quiz.tone = QuizTone::Ok;
        quiz.title = "答对了，您记得真牢".into();
        quiz.text = "静坐五分钟，袖带齐心口，早晚各量两遍。\n后面还有1题。".into();
        b.set_quiz(quiz);
        b.set_quiz_rows(with(b.get_quiz_rows(), |k, row| {
            row.mark = if k == 1 { QuizMark::Right } else { QuizMark::None };
            row.note = if k == 1 { "答对了".into() } else { "".into() };
        }));
    }),
    ("10-quiz-multiple", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.has_image = false;
        quiz.columns = 2;
        quiz.tone = QuizTone::Calm;
        quiz.prompt = "量血压之前的半个小时里，下面这些事情哪些是先不要做的？可以选几个".into();
        quiz.title = "不着急，慢慢想".into();
        quiz.text = "可以选几个。都选好了，再按“选好了”。".into();
        b.set_quiz(quiz);
        let texts =
            ["喝浓茶", "静静坐着，靠在椅背上，两只脚都平平地放在地上休息", "抽烟", "跳广场舞", "看手机", "说话"];
        let rows = texts.iter().enumerate().map(|(k, text)| QuizRow {
            number: format!("{}", k + 1).into(),
            text: (*text).into(),
            note: if k == 0 || k == 3 { "选了".into() } else { "".into() },
            mark: if k == 0 || k == 3 { QuizMark::Picked } else { QuizMark::None },
            focused: k == 1,
        });
        b.set_quiz_rows(ModelRc::new(VecModel::from(rows.collect::<Vec<_>>())));
        b.set_quiz_buttons(with(b.get_quiz_buttons(), |_, button| {
            button.label = "选好了".into();
            button.focused = false;
        }));
    }),
    ("10-quiz-done", |b| {
        b.set_page(Page::Quiz);
        let mut quiz = b.get_quiz();
        quiz.finished = true;
        quiz.has_image = false;
        quiz.count = "".into();
        quiz.tone = QuizTone::Ok;
        quiz.prompt = "这一课的题都答完了".into();
        quiz.title = "学得真用心".into();
        quiz.text = "这门课要答对3题，您已经做到了。".into();
        b.set_quiz(quiz);
        b.set_quiz_rows(ModelRc::default());
    }),
    ("12-learning", |b| {
        b.set_page(Page::Learning);
        b.set_recent(with(b.get_recent(), |k, card| {
            card.poster = picture(402, 196);
            card.has_poster = k < 2;
        }));
    }),
    ("12-learning-empty", |b| {
        b.set_page(Page::Learning);
        let mut learning = b.get_learning();
        learning.empty_words = "还没有学过的课，去挑一门吧".into();
        b.set_learning(learning);
        b.set_recent(ModelRc::default());
        b.set_learning_actions(with(b.get_learning_actions(), |k, action| action.focused = k == 0));
    }),
    ("20-history", |b| {
        b.set_page(Page::History);
        let first: Vec<_> = b.get_history_rows().iter().collect();
        let rows = first.iter().cycle().take(6).cloned().enumerate();
        let rows: Vec<_> = rows
            .map(|(k, mut line)| {
                line.focused = k == 2;
                line
            })
            .collect();
        b.set_history_rows(ModelRc::new(VecModel::from(rows)));
    }),
    ("20-history-empty", |b| {
        b.set_page(Page::History);
        b.set_history_rows(ModelRc::default());
        let mut history = b.get_history();
        history.empty_words = "这里还没有课，先去看看健康科普吧".into();
        history.summary = "".into();
        history.empty_button = "去看看健康科普".into();
        history.empty_focused = true;
        history.more_below = false;
        b.set_history(history);
    }),
    ("21-standby", |b| b.set_page(Page::Standby)),
    ("22-menu", |b| {
        live(b);
        let mut menu = b.get_menu();
        menu.shown = true;
        b.set_menu(menu);
    }),
    ("23-dialog", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.main_focused = false;
        b.set_course(course);
        let mut dialog = b.get_dialog();
        dialog.shown = true;
        b.set_dialog(dialog);
    }),
    ("15-trouble", |b| {
        player(b, |p| p.bar = PlayerBar::Hidden);
        let mut trouble = b.get_trouble();
        trouble.shown = true;
        b.set_trouble(trouble);
    }),
    ("24-toast", |b| {
        live(b);
        let mut toast = b.get_toast();
        toast.shown = true;
        b.set_toast(toast);
    }),
    // Words longer than the look foresees: nothing may overlap.
    ("25-learners", |b| b.set_page(Page::Learners)),
    ("25-names", |b| b.set_page(Page::Names)),
    ("30-long-number", |b| {
        live(b);
        let mut number = b.get_number();
        number.shown = true;
        number.digits = "1288".into();
        number.name = "上海教育电视台高清".into();
        b.set_number(number);
        b.set_nudge_x(1);
    }),
    ("30-long-channels", |b| {
        live(b);
        channel_list(b);
        b.set_channel_rows(with(b.get_channel_rows(), |k, channel| {
            channel.number = if k == 0 { "1024".into() } else { format!("{}", 100 + k).into() };
            channel.name = "上海教育电视台高清频道".into();
            channel.now = "金色年华：智能手机与日常生活".into();
            channel.favourite = true;
        }));
    }),
    ("30-long-cards", |b| {
        b.set_page(Page::Category);
        b.set_cards(with(b.get_cards(), |k, card| {
            card.title = "智能手机从入门到熟练：一步一步慢慢来".into();
            card.provider = "浦东新区社区学院东明路街道分校".into();
            card.words = "学到第12课，还剩8分钟".into();
            card.favourite = k % 2 == 1;
        }));
    }),
    ("30-long-course", |b| {
        b.set_page(Page::Course);
        let mut course = b.get_course();
        course.title = "智能手机从入门到熟练：一步一步慢慢来".into();
        course.line1 = "智能手机课　浦东新区社区学院东明路街道分校".into();
        course.main_label = "继续学第12课　剩128分钟".into();
        b.set_course(course);
        b.set_lessons(with(b.get_lessons(), |k, lesson| {
            lesson.number = format!("{}", 8 + k).into();
            lesson.title = "在家里用手机挂号、缴费、看报告，一步也不落下".into();
            lesson.available = k != 3;
        }));
        b.set_course_actions(with(b.get_course_actions(), |k, action| action.enabled = k == 0));
    }),
    ("30-long-player", |b| {
        player(b, |p| {
            p.course = "智能手机从入门到熟练：一步一步慢慢来".into();
            p.lesson = "第12课 在家里用手机挂号、缴费、看报告".into();
            p.next = "下一课：和孙辈视频聊天，怎样把画面放大".into();
            p.position = "1:02:33".into();
            p.duration = "1:45:00".into();
        })
    }),
    ("30-long-learning", |b| {
        b.set_page(Page::Learning);
        let mut learning = b.get_learning();
        learning.learner = "第一百二十八位学员".into();
        learning.credits = "128".into();
        learning.certificates = "1024".into();
        b.set_learning(learning);
        b.set_recent(with(b.get_recent(), |_, card| card.title = "智能手机从入门到熟练".into()));
    }),
    ("30-long-dialog", |b| {
        live(b);
        let mut dialog = b.get_dialog();
        dialog.shown = true;
        dialog.title = "要删掉学过的课吗？删了以后，在这台电视上就找不回来了".into();
        dialog.line = "您学过的九门课，会从这台电视上删掉。证书和学分不受影响，以后登录还能看到。".into();
        b.set_dialog(dialog);
        b.set_pressed(true);
    }),
];

fn with<T: Clone + 'static>(model: ModelRc<T>, change: impl Fn(usize, &mut T)) -> ModelRc<T> {
    let rows: Vec<T> = model
        .iter()
        .enumerate()
        .map(|(k, mut value)| {
            change(k, &mut value);
            value
        })
        .collect();
    ModelRc::new(VecModel::from(rows))
}

fn home(b: &Bridge, change: impl Fn(&mut jinse_ui::HomeData)) {
    b.set_page(Page::Home);
    b.set_video(picture(WINDOW.0, WINDOW.1));
    let mut data = b.get_home();
    change(&mut data);
    b.set_home(data);
}

fn live(b: &Bridge) {
    b.set_page(Page::Live);
    b.set_video(picture(WIDTH, HEIGHT));
}

fn player(b: &Bridge, change: impl Fn(&mut jinse_ui::PlayerData)) {
    b.set_page(Page::Player);
    b.set_video(picture(WIDTH, HEIGHT));
    let mut data = b.get_player();
    change(&mut data);
    b.set_player(data);
}

fn banner(b: &Bridge, change: impl Fn(&mut jinse_ui::BannerData)) {
    let mut data = b.get_banner();
    change(&mut data);
    b.set_banner(data);
}

fn channel_list(b: &Bridge) {
    let mut channels = b.get_channels();
    channels.shown = true;
    b.set_channels(channels);
}

/// A stand-in for a picture: sky over a field.
fn picture(width: u32, height: u32) -> Image {
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (k, pixel) in buffer.make_mut_slice().iter_mut().enumerate() {
        let y = k as u32 / width.max(1) * 255 / height.max(1);
        let shade = u8::try_from(y).unwrap_or(u8::MAX);
        *pixel = if y < 150 {
            Rgb8Pixel::new(190, 205, 200 - shade / 4)
        } else {
            Rgb8Pixel::new(150 - shade / 4, 170 - shade / 4, 100)
        };
    }
    Image::from_rgb8(buffer)
}

fn save(path: &Path, width: u32, height: u32, pixels: &[u8]) -> Result<(), Failure> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(())
}

/// Averages blocks of `SMALL` × `SMALL` pixels.
fn shrink(pixels: &[Rgb8Pixel]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / 3);
    for y in 0..HEIGHT / SMALL {
        for x in 0..WIDTH / SMALL {
            let mut sum = [0u32; 3];
            for dy in 0..SMALL {
                for dx in 0..SMALL {
                    let at = (y * SMALL + dy) * WIDTH + x * SMALL + dx;
                    if let Some(p) = pixels.get(at as usize) {
                        sum = [sum[0] + u32::from(p.r), sum[1] + u32::from(p.g), sum[2] + u32::from(p.b)];
                    }
                }
            }
            out.extend(sum.map(|v| u8::try_from(v / (SMALL * SMALL)).unwrap_or(u8::MAX)));
        }
    }
    out
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("give a folder")?);
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(folder.join("small"))?;

    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    slint::platform::set_platform(Box::new(Stage { window: window.clone() }))?;
    let mut pixels = vec![Rgb8Pixel::default(); (WIDTH * HEIGHT) as usize];
    for contrast in [false, true] {
        for (name, set) in SCREENS {
            if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            let app = AppWindow::new()?;
            let bridge = app.global::<Bridge>();
            let plates = Rc::new(RefCell::new(Vec::new()));
            bridge.on_focus_drawn({
                let plates = plates.clone();
                move |x, y, width, height| plates.borrow_mut().push((x, y, width, height))
            });
            bridge.set_video_painted(true);
            bridge.set_high_contrast(contrast);
            set(&bridge);
            window.set_size(PhysicalSize::new(WIDTH, HEIGHT));
            app.show()?;
            slint::platform::update_timers_and_animations();
            let started = std::time::Instant::now();
            window.draw_if_needed(|renderer| {
                renderer.render(&mut pixels, WIDTH as usize);
            });
            let drawn = started.elapsed();
            // Ask every plate again: exactly those that are drawn answer.
            plates.borrow_mut().clear();
            bridge.set_focus_check(1);
            slint::platform::update_timers_and_animations();
            if plates.borrow().len() > 1 {
                return Err(format!("{name}: more than one control is drawn in focus").into());
            }
            let file = if contrast { format!("{name}-contrast.png") } else { format!("{name}.png") };
            println!("{file}: {} ms, plates {:?}", drawn.as_millis(), plates.borrow());
            let bytes: Vec<u8> = pixels.iter().flat_map(|p| [p.r, p.g, p.b]).collect();
            save(&folder.join(&file), WIDTH, HEIGHT, &bytes)?;
            save(&folder.join("small").join(&file), WIDTH / SMALL, HEIGHT / SMALL, &shrink(&pixels))?;
            app.hide()?;
        }
    }
    Ok(())
}
