use proptest::prelude::*;

use super::*;
use crate::catalogue::types::{Band, Form};

fn environment(name: &str) -> Option<OsString> {
    match name {
        "HOME" => Some("/home/tv".into()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Config, Vec<ConfigFault>> {
    Config::parse(text, &environment)
}

fn faults(text: &str) -> Vec<String> {
    parse(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_documented_example_is_a_configuration() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/config.example.toml");
    let config = Config::load(&path).unwrap();
    let operator = config.operator.unwrap();
    assert_eq!(operator.lineups, [Location::parse("https://tv.example.org/jinse/lineup.m3u")]);
    assert_eq!(config.branding.service_phone.as_deref(), Some("12345"));
}

#[test]
fn the_example_with_all_its_keys_uncommented_is_one_too() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/config.example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let all: Vec<_> = text
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
                .unwrap_or(line)
        })
        .collect();
    let all = all.join("\n");
    assert_eq!(all.lines().filter(|l| l.contains(" = ")).count(), 28, "every key is in the example");
    let config = parse(&all).unwrap();
    let operator = config.operator.unwrap();
    assert_eq!(
        operator.lineups,
        [
            Location::parse("https://iptv.example.org/channels.m3u8"),
            Location::parse("https://town.example.org/tv.txt"),
            Location::File("/var/lib/operator/own.m3u".into()),
        ]
    );
    let guide = |location: &str, offset_minutes| Guide { location: Location::parse(location), offset_minutes };
    assert_eq!(
        operator.guides,
        [
            guide("https://epg.example.org/week.xml.gz", None),
            guide("https://epg.neighbour.example.org/tv.xml", Some(0)),
            guide("/var/lib/operator/local.xml", None),
        ]
    );
    assert_eq!(operator.ntp.as_deref(), Some("ntp.example.org"));
    assert_eq!(operator.catalogue.unwrap().as_str(), "https://lessons.example.org/catalogue/index.json");
    assert_eq!(config.storage.dir, Path::new("/var/lib/jinse-xuetang"));
    assert!(!operator.local_addresses);
    assert_eq!(operator.catalogues.len(), 2);
    assert_eq!((operator.feeds.band, operator.feeds.form), (Band::Health, Form::Short));
    assert_eq!(operator.guide_offset_minutes, Some(480));
    let wrong = parse("[operator]\nroot = \"http://a.example/\"\nguide_offset = \"CST\"");
    assert!(wrong.is_err(), "an ambiguous zone is no offset");
    let allowing = parse("[operator]\nroot = \"http://a.example/\"\nlocal_addresses = true").unwrap();
    assert!(allowing.operator.unwrap().local_addresses);
    let records = config.records.unwrap();
    assert_eq!(records.statements.as_str(), "https://lrs.example.org/xAPI/statements");
    assert_eq!(records.credentials.unwrap().user, "television");
    assert_eq!(records.gather, Duration::from_secs(60));
}

#[test]
fn a_record_store_is_named_with_both_halves_of_its_credentials_or_neither() {
    assert_eq!(parse("").unwrap().records, None);
    let records = |more: &str| parse(&format!("[records]\n{more}"));
    let open = records("lrs = \"https://a.example/xapi/\"").unwrap().records.unwrap();
    assert_eq!((open.statements.as_str(), open.credentials), ("https://a.example/xapi/statements", None));
    for wrong in [
        "user = \"box\"",
        "lrs = \"https://a.example/\"\nuser = \"box\"",
        "lrs = \"https://a.example/\"\npassword_file = \"/etc/p\"",
        "lrs = \"https://box:secret@a.example/\"",
        "lrs = \"https://a.example/\"\ngather_s = 0",
    ] {
        let faults = records(wrong).unwrap_err();
        assert_eq!(faults.len(), 1, "{wrong}: {faults:?}");
    }
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = parse("").unwrap();
    assert_eq!(config, Config::without_file(&environment));
    assert_eq!(config.operator, None);
    assert_eq!(config.branding.name, "金色学堂");
    assert_eq!(config.storage.dir, Path::new("/home/tv/.local/share/jinse-xuetang"));
    assert_eq!(config.storage.cache_dir, Path::new("/home/tv/.cache/jinse-xuetang"));
    assert_eq!(
        config.playback,
        Playback {
            video: VideoWay::Auto,
            neighbours: true,
            metered: false,
            neighbour_kbps: None,
            neighbour_mb: 24,
            multicast_groups: 3,
            multicast_mb: 4
        }
    );
}

#[test]
fn nothing_is_fetched_ahead_on_a_metered_line() {
    let ahead = |text: &str| parse(&format!("[playback]\n{text}")).unwrap().playback.fetches_ahead();
    assert!(ahead("") && ahead("metered = false"));
    assert!(!ahead("metered = true") && !ahead("neighbours = false") && !ahead("neighbours = true\nmetered = true"));
}

#[test]
fn a_systemd_unit_gives_the_directories() {
    let unit = |name: &str| match name {
        "STATE_DIRECTORY" => Some("/var/lib/jinse-xuetang:/var/lib/other".into()),
        "CACHE_DIRECTORY" => Some("/var/cache/jinse-xuetang".into()),
        other => environment(other),
    };
    let storage = Config::without_file(&unit).storage;
    assert_eq!((storage.dir, storage.cache_dir), ("/var/lib/jinse-xuetang".into(), "/var/cache/jinse-xuetang".into()));
}

#[test]
fn a_root_gives_all_three_and_each_can_be_elsewhere() {
    for root in ["https://tv.example.org/jinse", "https://tv.example.org/jinse/", "https://tv.example.org/jinse/?x#y"] {
        let operator = from_operator_root(&Url::parse(root).unwrap());
        assert_eq!(operator.lineups, [Location::parse("https://tv.example.org/jinse/lineup.m3u")], "{root}");
        assert_eq!(operator.guides[0].location, Location::parse("https://tv.example.org/jinse/guide.xml"));
        assert_eq!(operator.catalogue.unwrap().as_str(), "https://tv.example.org/jinse/catalogue/index.json");
    }
    let text = "[operator]\nroot = 'https://tv.example.org'\nlineup = '/srv/lineup.m3u'\nguides = []\n";
    let operator = parse(text).unwrap().operator.unwrap();
    assert_eq!(operator.lineups, [Location::File("/srv/lineup.m3u".into())]);
    assert_eq!(operator.guides, []);
    assert_eq!(operator.catalogue.unwrap().as_str(), "https://tv.example.org/catalogue/index.json");
    // Further lineups come after the root's own; the same one twice is one.
    let text =
        "[operator]\nroot = 'https://tv.example.org'\nlineups = ['/srv/b.txt', 'https://tv.example.org/lineup.m3u']\n";
    let operator = parse(text).unwrap().operator.unwrap();
    assert_eq!(operator.lineup_sources(), "https://tv.example.org/lineup.m3u\n/srv/b.txt");
    let operator = parse("[operator]\nlineups = ['/srv/b.txt']\n").unwrap().operator.unwrap();
    assert_eq!(operator.lineups, [Location::File("/srv/b.txt".into())]);
}

#[test]
fn every_fault_is_reported_with_line_and_advice() {
    let text = "\
[operater]
root = 'https://tv.example.org'

[branding]
nmae = '学堂'
service_phone = 12345

[storage]
dir = 'data'
neighbours = true

[playback]
video = 'paint'
neighbours = 'yes'
zzzzz = 1
multicast_groups = 0
multicast_mb = 1.5
metered = 1
neighbour_kbps = 99
neighbour_mb = 257
";
    assert_eq!(
        faults(text),
        [
            "line 1, column 2: operater: is not a known section; did you mean [operator]?",
            "line 5, column 1: branding.nmae: is not a known key; did you mean name?",
            "line 6, column 17: branding.service_phone: must be a text in quotes, is a number",
            "line 9, column 7: storage.dir: must be an absolute path",
            "line 10, column 1: storage.neighbours: is not a known key; it belongs under [playback]",
            "line 13, column 9: playback.video: must be \"auto\", \"painted\" or \"x11\"; did you mean \"painted\"?",
            "line 14, column 14: playback.neighbours: must be true or false, is a text",
            "line 15, column 1: playback.zzzzz: is not a known key; [playback] has video, neighbours, metered, neighbour_kbps, neighbour_mb, multicast_groups, multicast_mb",
            "line 16, column 20: playback.multicast_groups: must be a whole number from 1 to 16",
            "line 17, column 16: playback.multicast_mb: must be a whole number, without point or quotes",
            "line 18, column 11: playback.metered: must be true or false, is a number",
            "line 19, column 18: playback.neighbour_kbps: must be a whole number from 100 to 1000000",
            "line 20, column 16: playback.neighbour_mb: must be a whole number from 1 to 256",
        ]
    );
}

#[test]
fn bad_values_are_refused() {
    for (text, part) in [
        ("root = 'https://x.example.org'", "it belongs under [operator]"),
        ("operator = 1", "must be a section"),
        ("[operator]\n", "nothing to watch"),
        ("[operator]\nguides = ['https://x.example.org/g.xml']\n", "nothing to watch"),
        ("[operator]\nroot = 'ftp://x.example.org'\n", "must begin with https://"),
        ("[operator]\nroot = 'x.example.org'\n", "is not an address"),
        ("[operator]\nroot = 'https://u:p@x.example.org'\n", "must not hold a user name"),
        ("[operator]\nroot = ''\n", "must not be empty"),
        ("[operator]\nlineup = 'lineup.m3u'\n", "a file is written as an absolute path"),
        ("[operator]\nroot = 'https://x.example.org'\nguides = 'x'\n", "must be a list of texts"),
        ("[operator]\nroot = 'https://x.example.org'\nguides = ['/a', 3]\n", "operator.guides[1]: must be a text"),
        ("[operator]\nroot = 'https://x.example.org'\nguides = [{ offset = '+08:00' }]\n", "guides[0]: names no url"),
        (
            "[operator]\nroot = 'https://x.example.org'\nguides = [{ url = '/a', zone = '+08:00' }]\n",
            "guides[0].zone: is not a known key; a guide has url, offset",
        ),
        (
            "[operator]\nroot = 'https://x.example.org'\nguides = [{ url = '/a', offset = 'CST' }]\n",
            "guides[0].offset: is no zone",
        ),
        ("[operator]\nroot = 'https://x.example.org'\nguides = [{ url = 'a' }]\n", "guides[0].url: is not an address"),
        ("[operator]\nlineups = 'https://x.example.org'\n", "must be a list of texts"),
        ("[operator]\nlineups = ['lineup.m3u']\n", "operator.lineups[0]: is not an address"),
        ("[operator]\nroot = 'https://x.example.org'\nntp = 'ntp://a/b c'\n", "operator.ntp: "),
        ("[operator]\nroot = 'https://x.example.org'\nntp = 'a:999999'\n", "operator.ntp: "),
        ("[operator]\ncatalogue = '/srv/index.json'\n", "is not an address"),
        (
            "[operator]\nroot = 'https://x.example.org'\ncatalogues = 'https://y.example.org'\n",
            "must be a list of texts",
        ),
        (
            "[operator]\nroot = 'https://x.example.org'\ncatalogues = ['/srv/x']\n",
            "operator.catalogues[0]: is not an address",
        ),
        ("[operator]\nroot = 'https://x.example.org'\nfeed_band = '健身'\n", "must be one of 艺术 文化"),
        ("[branding]\nname = '一二三四五六七八九十一二三四五六七八九十一'\n", "at most 20 characters, has 21"),
        ("[branding]\nname = \"a\\nb\"\n", "control characters"),
        ("[branding]\nservice_phone = '请拨打'\n", "telephone number"),
        ("[storage]\ndir = '/a'\ncache_dir = '/a'\n", "must differ"),
        ("[branding]\nname = '学堂\n", "line 2"),
        ("[branding]\nname = 'a'\nname = 'b'\n", "line 3"),
    ] {
        let found = faults(text);
        assert!(found.len() == 1 && found[0].contains(part), "{text}: {found:?}");
    }
}

#[test]
fn a_root_that_is_none_is_refused_with_what_to_type() {
    assert_eq!(operator_root("https://tv.example.org/a").unwrap().as_str(), "https://tv.example.org/a");
    for (text, part) in [
        ("localhost:8080", "write http://localhost:8080/"),
        ("192.168.1.10", "write http://192.168.1.10/"),
        ("192.168.1.10:8080/tv", "write http://192.168.1.10:8080/tv"),
        ("ftp://tv.example.org", "not with ftp:; write http://tv.example.org/"),
        ("file:///srv/tv", "files are named in a configuration"),
        ("/srv/tv", "write an address like http://192.168.1.10/"),
        ("http://", "write an address like http://192.168.1.10/"),
        ("http://u:p@tv.example.org", "must not hold a user name"),
        ("", "write an address like"),
    ] {
        let said = operator_root(text).unwrap_err();
        assert!(said.contains(part), "{text}: {said}");
    }
}

#[test]
fn files_that_are_no_text_are_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    assert!(matches!(Config::load(&path), Err(ConfigError::Unreadable { .. })));
    std::fs::write(&path, b"[branding]\nname = '\xff'\n").unwrap();
    assert!(Config::load(&path).unwrap_err().to_string().contains("not UTF-8 text (line 2)"));
    std::fs::write(&path, "#".repeat(300_000)).unwrap();
    assert!(Config::load(&path).unwrap_err().to_string().contains("larger than"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[(operator|branding|x)\\]\n|(root|name|dir|guides|[a-z]{1,5}) = ([0-9]{1,3}|'[^'\n]{0,8}'|\\[1, 'a'\\]|true)\n|.{0,10}\n){0,8}") {
        if let Err(faults) = parse(&text) {
            prop_assert!(!faults.is_empty());
            let lines = text.matches('\n').count() + 1;
            prop_assert!(faults.iter().all(|f| f.line <= lines));
        }
    }
}
