//! `export`: the learning archive (学习档案) of a year as a picture, as one page of PDF, or as JSON with the exact
//! records. The same records give the same bytes.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{Exit, Failure, printed, storage};
use crate::{
    learning::{
        archive::{self, Archive},
        roster::{LearnerId, Roster},
    },
    shell::{archive_page, clock, paper},
    store::{self, Store, household, types::StoreNotice},
};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The year on the viewer's calendar
    #[arg(long)]
    year: i16,
    #[arg(long, value_enum)]
    format: Form,
    /// The file to write; "-" is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Configuration file instead of /etc/jinse-xuetang/config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the viewer's data is kept, instead of where the configuration says
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Whose archive, by name or number, instead of that of whoever learns now
    #[arg(long, value_name = "NAME|ID")]
    learner: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Png,
    Pdf,
    Json,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let dir = storage::folder(args.data.as_deref(), args.config.as_deref())?;
    if !dir.is_dir() {
        return Err(Failure::Input(format!("{}: there is no such folder", dir.display())));
    }
    let (id, name) = learner(&household::roster(&dir), args.learner.as_deref())?;
    let folder = household::folder(&dir, id);
    if !store::is_there(&folder) {
        return Err(Failure::Input(format!("{}: nothing was learnt here: there is no user.db", folder.display())));
    }
    let (_store, user, notices) = Store::open(&folder, clock::wall(), Box::new(|_| {}));
    if let Some(notice) = notices.iter().find(|n| matches!(n, StoreNotice::FromNewerVersion { .. })) {
        return Err(Failure::Input(format!("{}: {notice:?}", dir.display())));
    }
    let middle = archive::middle(args.year).map_err(|e| Failure::Usage(format!("--year {}: {e}", args.year)))?;
    let offset_s = clock::zone_offset_s(middle);
    let bytes = bytes(&Archive::of(&user, args.year, offset_s), &name, args.format)?;
    write(&args.out, &bytes)?;
    Ok(Exit::Fine)
}

fn learner(roster: &Roster, wanted: Option<&str>) -> Result<(LearnerId, String), Failure> {
    let id = match wanted {
        None => roster.now(),
        Some(text) => roster.find(text).ok_or_else(|| {
            let known: Vec<String> = roster.all().map(|(id, name)| format!("{id} {name}")).collect();
            Failure::Input(format!("--learner {text}: there are {}", known.join(", ")))
        })?,
    };
    Ok((id, roster.name(id).unwrap_or_default().to_owned()))
}

fn bytes(archive: &Archive, name: &str, form: Form) -> Result<Vec<u8>, Failure> {
    let failed = |e: io::Error| Failure::Input(e.to_string());
    match form {
        Form::Json => {
            let mut json = serde_json::to_vec_pretty(archive).map_err(|e| Failure::Input(e.to_string()))?;
            json.push(b'\n');
            Ok(json)
        }
        Form::Png => paper::png(&archive_page::draw(archive, name).map_err(Failure::MachineLacks)?).map_err(failed),
        Form::Pdf => pdf(&archive_page::draw(archive, name).map_err(Failure::MachineLacks)?).map_err(failed),
    }
}

fn write(out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if out == Path::new("-") {
        return printed(io::stdout().write_all(bytes));
    }
    std::fs::write(out, bytes).map_err(|e| Failure::Input(format!("{}: {e}", out.display())))
}

/// A4 lying on its side, in points.
const PAGE: (f32, f32) = (842.0, 595.0);
const MARGIN: f32 = 28.0;

/// One page that bears the picture: the program's fonts are subsets of single characters and no fonts for documents.
fn pdf(sheet: &image::RgbImage) -> io::Result<Vec<u8>> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(sheet.as_raw())?;
    let packed = packed.finish()?;
    let (width, height) = sheet.dimensions();
    let scale = ((PAGE.0 - 2.0 * MARGIN) / width as f32).min((PAGE.1 - 2.0 * MARGIN) / height as f32);
    let (w, h) = (width as f32 * scale, height as f32 * scale);
    let (x, y) = ((PAGE.0 - w) / 2.0, (PAGE.1 - h) / 2.0);
    let content = format!("q {w:.2} 0 0 {h:.2} {x:.2} {y:.2} cm /Sheet Do Q");
    let objects: [(String, Option<&[u8]>); 5] = [
        ("<< /Type /Catalog /Pages 2 0 R >>".into(), None),
        ("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".into(), None),
        (
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Contents 4 0 R /Resources << /XObject << /Sheet 5 0 R >> >> >>",
                PAGE.0, PAGE.1
            ),
            None,
        ),
        (format!("<< /Length {} >>", content.len()), Some(content.as_bytes())),
        (
            format!(
                "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB \
                 /BitsPerComponent 8 /Filter /FlateDecode /Length {} >>",
                packed.len()
            ),
            Some(&packed),
        ),
    ];
    let mut out: Vec<u8> = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (number, (dictionary, stream)) in (1..).zip(&objects) {
        places.push(out.len());
        write!(out, "{number} 0 obj\n{dictionary}\n")?;
        if let Some(stream) = stream {
            out.extend_from_slice(b"stream\n");
            out.extend_from_slice(stream);
            out.extend_from_slice(b"\nendstream\n");
        }
        out.extend_from_slice(b"endobj\n");
    }
    let table = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", places.len() + 1)?;
    for place in &places {
        writeln!(out, "{place:010} 00000 n ")?;
    }
    write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", places.len() + 1)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::{Household, types::StoreCommand},
        time::UtcMs,
    };

    #[test]
    fn a_pdf_says_where_its_objects_are() {
        let sheet = image::RgbImage::from_pixel(4, 3, image::Rgb([250, 240, 220]));
        let made = pdf(&sheet).unwrap();
        assert_eq!(made, pdf(&sheet).unwrap());
        let find = |what: &[u8]| made.windows(what.len()).position(|w| w == what).unwrap();
        let table = find(b"xref\n");
        let text = String::from_utf8_lossy(&made[table..]).into_owned();
        assert!(text.contains(&format!("startxref\n{table}\n")));
        for number in 1..=5 {
            let place = find(format!("{number} 0 obj").as_bytes());
            assert!(text.contains(&format!("{place:010} 00000 n ")), "{number}");
        }
    }

    #[test]
    fn json_goes_where_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let args = |data: &str| Args {
            year: 2026,
            format: Form::Json,
            out: dir.path().join("a.json"),
            config: None,
            data: Some(dir.path().join(data)),
            learner: None,
        };
        assert!(matches!(run(&args("none")), Err(Failure::Input(_))));
        // A folder without the viewer's data gets none by being looked at.
        let Err(Failure::Input(said)) = run(&args("")) else { panic!("there is nothing to export") };
        assert!(said.ends_with("there is no user.db"), "{said}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let (store, ..) = Store::open(dir.path(), UtcMs(0), Box::new(|_| {}));
        drop(store);
        assert_eq!(run(&args("")).unwrap(), Exit::Fine);
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(dir.path().join("a.json")).unwrap()).unwrap();
        assert_eq!((json["year"].as_i64(), json["courses"].as_array().map(Vec::len)), (Some(2026), Some(0)));
    }

    #[test]
    fn each_learner_has_an_archive_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let (household, mut found) = Household::open(dir.path(), clock::wall(), |_| {});
        let grandma = found.roster.add("奶奶").unwrap();
        household.read(grandma, clock::wall()).unwrap();
        household.send(StoreCommand::SaveDay { day: 20_500, seconds: 60 });
        household.enter(grandma);
        household.send(StoreCommand::SaveDay { day: 20_500, seconds: 120 });
        found.roster.enter(grandma);
        household.keep(&found.roster);
        assert!(household.flush(std::time::Duration::from_secs(10)));
        drop(household);
        let seconds = |learner: Option<&str>| {
            let out = dir.path().join("a.json");
            let (data, learner) = (Some(dir.path().into()), learner.map(str::to_owned));
            run(&Args { year: 2026, format: Form::Json, out: out.clone(), config: None, data, learner })?;
            let json: serde_json::Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
            Ok::<_, Failure>(json["seconds"].as_u64().unwrap())
        };
        for (learner, expected) in [(None, 120), (Some("奶奶"), 120), (Some("2"), 120), (Some("1"), 60)] {
            assert_eq!(seconds(learner).unwrap(), expected, "{learner:?}");
        }
        let said = seconds(Some("爷爷")).unwrap_err().to_string();
        assert_eq!(said, "--learner 爷爷: there are 1 第一位学员, 2 奶奶");
    }
}
