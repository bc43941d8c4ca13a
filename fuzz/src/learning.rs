//! The program's own modules, by their path.

#[path = "../../src/learning/quiz/mod.rs"]
pub mod quiz;
#[path = "../../src/learning/survey.rs"]
pub mod survey;
