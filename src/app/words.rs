//! The sentences for trouble, in the manner of LOOK §9: what happened, then what the television does.

use crate::{player::types::Trouble, store::types::StoreNotice};

/// What happened, for the title.
pub fn title(trouble: Trouble) -> &'static str {
    use Trouble::*;
    match trouble {
        NoNetwork => "家里的网络断了一下",
        Dns | ServerDown | ServerError | TooSlow | Stalled => "画面停了一下，正在接上",
        NotFound => "这个节目暂时找不到",
        Forbidden => "这个节目暂时不让看",
        Tls => "和电视台的连接不安全",
        Blocked => "这个地址电视不能打开",
        BrokenMedia | TooBig | Decode => "这个节目的画面坏了",
        MissingCodec | MissingPlugin => "这台电视放不了这个节目",
    }
}

/// Whose doing it is: never the viewer's.
pub fn line(trouble: Trouble) -> &'static str {
    use Trouble::*;
    match trouble {
        NoNetwork => "不是您按错了，网络一通画面就回来。",
        NotFound | Forbidden | Blocked | BrokenMedia | TooBig | Decode => "不是您按错了，是节目那边的事。",
        MissingCodec | MissingPlugin => "不是您按错了，电视里少一样零件。",
        _ => "不是您按错了，也不是电视坏了。",
    }
}

/// What is known of the way out, in one line with a tick or a clock.
pub fn network_line(trouble: Trouble, network_up: bool) -> (&'static str, bool) {
    match (trouble, network_up) {
        (Trouble::NoNetwork, _) | (_, false) => ("家里的网络不通，等它回来", false),
        _ => ("家里的网络是通的", true),
    }
}

/// A short number to tell the helper on the phone. Stable: operators print it in their handbooks.
pub fn number(trouble: Trouble) -> u16 {
    use Trouble::*;
    match trouble {
        NoNetwork => 1,
        Dns => 2,
        ServerDown => 3,
        ServerError => 4,
        NotFound => 5,
        Forbidden => 6,
        Stalled => 7,
        TooSlow => 8,
        Tls => 9,
        Blocked => 10,
        BrokenMedia => 11,
        TooBig => 12,
        Decode => 13,
        MissingCodec => 14,
        MissingPlugin => 15,
    }
}

/// What the viewer is told about the store.
pub fn store_notice(notice: &StoreNotice) -> &'static str {
    match notice {
        StoreNotice::Restored { .. } => "学习记录修好了，少了最近的几条",
        StoreNotice::StartedAfresh => "学习记录坏了，从今天重新记",
        StoreNotice::FromNewerVersion { .. } => "记录是新版的，这次先不记",
        StoreNotice::NotWritable => "电视存不了东西，这次先不记",
        StoreNotice::DiskFull => "电视存满了，照样能看",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Trouble; 15] = {
        use Trouble::*;
        [
            NoNetwork,
            Dns,
            ServerDown,
            ServerError,
            NotFound,
            Forbidden,
            Tls,
            TooSlow,
            Blocked,
            BrokenMedia,
            TooBig,
            MissingCodec,
            MissingPlugin,
            Decode,
            Stalled,
        ]
    };

    #[test]
    fn every_sentence_is_short_and_free_of_jargon() {
        for t in ALL {
            for words in [title(t), line(t), network_line(t, true).0] {
                assert!(words.chars().count() <= 18, "{words}");
                assert!(!words.contains("错误") && !words.contains("异常") && !words.is_ascii(), "{words}");
            }
        }
    }

    #[test]
    fn numbers_are_told_apart() {
        let mut numbers: Vec<u16> = ALL.map(number).to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ALL.len());
    }
}
