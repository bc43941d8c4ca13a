//! Learning records: what is said to a learning record store (LRS) of which event, as statements of the Experience API
//! (xAPI 1.0.3, IEEE 9274.1 names the same verbs) with the video profile (https://w3id.org/xapi/video). Pure: keeping
//! them is the store's work, sending them the shell's.

mod answers;
mod statement;
mod viewing;

pub use answers::{answered, attempt_ended, course_completed, survey_answered};
pub use statement::{Activities, Frame, Ids, Pen, Source, Statement};
pub use viewing::{About, Place, Viewing};
