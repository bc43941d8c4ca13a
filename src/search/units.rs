//! Titles taken apart into what a press or a letter of a query can stand for: characters, letters, digits. Spaces and
//! marks are no units. How characters are read is `readings`'s to say; queries are read in `query`.

use super::readings::{Code, readings};

/// One character of a title that can be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Folded.
    pub character: char,
    /// Place among the title's characters, marks counted.
    pub place: u32,
    pub code: Code,
    /// Nothing before it, or a space or a mark, or writing of another kind.
    pub starts_word: bool,
}

/// Wide forms become narrow, capitals small, letters with a tone plain.
pub fn fold(c: char) -> char {
    let c = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    match c {
        'a'..='z' | '0'..='9' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        '\0'..='\u{BF}' => c,
        '\u{C0}'..='\u{24F}' => plain(c.to_lowercase().next().unwrap_or(c)),
        '①'..='⑨' => char::from_u32(c as u32 - '①' as u32 + '1' as u32).unwrap_or(c),
        // Most of what is left has no case at all.
        '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{FAFF}' | '\u{20000}'.. => c,
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => 'a',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ǐ' => 'i',
        'ò'..='ö' | 'ō' | 'ŏ' | 'ő' | 'ǒ' => 'o',
        'ù'..='û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ǔ' => 'u',
        'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => 'v',
        'ñ' | 'ń' | 'ň' | 'ǹ' => 'n',
        'ç' | 'ć' | 'č' => 'c',
        _ => c,
    }
}

pub fn is_unit(folded: char) -> bool {
    folded.is_alphanumeric()
}

/// Which kind of writing it is: where it changes, a word begins.
fn writing(folded: char) -> u8 {
    match folded {
        'a'..='z' => 1,
        '0'..='9' => 2,
        _ => 3,
    }
}

pub fn units(title: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    // Words are not read across marks.
    let mut run: Vec<char> = Vec::new();
    let mut codes: Vec<Code> = Vec::new();
    for (place, c) in (0_u32..).zip(title.chars()) {
        let c = fold(c);
        if !is_unit(c) {
            codes.append(&mut readings().codes(&run));
            run.clear();
            continue;
        }
        let starts_word = match (run.last(), units.last()) {
            (Some(_), Some(last)) => writing(last.character) != writing(c),
            _ => true,
        };
        run.push(c);
        units.push(Unit { character: c, place, code: Code(0), starts_word });
    }
    codes.append(&mut readings().codes(&run));
    for (unit, code) in units.iter_mut().zip(codes) {
        unit.code = code;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_left_out_and_begin_words() {
        let found = units("《太极拳》２４式 ABC");
        let text: String = found.iter().map(|u| u.character).collect();
        assert_eq!(text, "太极拳24式abc");
        let starts: String = found.iter().filter(|u| u.starts_word).map(|u| u.character).collect();
        assert_eq!(starts, "太2式a");
        assert_eq!(found[3].place, 5);
    }

    #[test]
    fn folding() {
        let folded: String = "ＴＪＱ８　tàijí LǛ ⑤".chars().map(fold).collect();
        assert_eq!(folded, "tjq8 taiji lv 5");
    }
}
