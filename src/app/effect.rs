//! Everything the core asks of the outside. Plain data, so that tests compare it.

use serde::{Deserialize, Serialize};

use crate::{
    app::{learners::LearnerOrder, lock::PinOrder},
    catalogue::{enrolment::Wish, types::CourseId},
    guide::lineup::ChannelId,
    player::types::{PlayerCommand, SessionId, Speed},
    search::source::Airing,
    store::types::StoreCommand,
    time::UtcMs,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    Player(PlayerCommand),
    /// The household's, or of whoever learns now (`StoreCommand::whose`).
    Store(StoreCommand),
    Learners(LearnerOrder),
    LoadSubtitles {
        session: SessionId,
        url: String,
    },
    AskGuide {
        channels: Vec<ChannelId>,
        at: UtcMs,
    },
    /// The programmes of a channel that touch `from..to`.
    AskDay {
        channel: ChannelId,
        from: UtcMs,
        to: UtcMs,
    },
    Pin(PinOrder),
    /// Answered by `What::Found` with the number; `own`: ids of courses and channels that rank above their like.
    Search {
        number: u64,
        query: String,
        own: Vec<String>,
    },
    /// Programmes that can be found, in place of those before.
    SearchAirings(Vec<Airing>),
    /// Asks about seats, and tells the operator what this learner wishes.
    Enrolment {
        learner: String,
        course: CourseId,
        url: String,
        wish: Option<Wish>,
    },
    /// Keeps the sheet of paper that the page shows as a picture of this name. Answered by `What::PaperSaved`.
    SavePaper {
        name: String,
    },
    /// Whether whoever learns now lets records leave.
    SendRecords(bool),
    /// Reads this aloud in place of what is being read. Answered by `What::CannotSpeak` where nothing can.
    Speak {
        text: String,
        speed: Speed,
    },
    /// Whatever is being read ends.
    Hush,
    RefreshLineup,
    RefreshCatalogue,
    Quit,
}
