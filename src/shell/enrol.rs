//! Asks the operator about seats and tells it the viewer's wish (docs/enrolment.md). One try: when to try again is the
//! core's to say.

use std::time::Duration;

use crate::{
    address::redact,
    app::What,
    catalogue::{
        enrolment::{self, Reply, Wish},
        types::CourseId,
    },
    net,
};

/// An answer is a few numbers or one sentence.
const MAX_BYTES: u64 = 16 * 1024;
/// A person waits for it.
const WHOLE_DEADLINE: Duration = Duration::from_secs(15);
const LEARNER: &str = "X-Learner";

pub async fn ask(http: reqwest::Client, learner: String, course: CourseId, url: String, wish: Option<Wish>) -> What {
    let reply = match tokio::time::timeout(WHOLE_DEADLINE, exchange(&http, &learner, &url, wish)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(e)) => {
            tracing::warn!("enrolment: {}", net::told(&e));
            Reply::Unreachable
        }
        Err(_) => {
            tracing::warn!("enrolment: {}: no answer in {} s", redact(&url), WHOLE_DEADLINE.as_secs());
            Reply::Unreachable
        }
    };
    What::Enrolment { learner, course, wish, reply }
}

async fn exchange(
    http: &reqwest::Client,
    learner: &str,
    url: &str,
    wish: Option<Wish>,
) -> Result<Reply, net::FetchError> {
    let request = match wish {
        None => http.get(url),
        Some(wish) => {
            let body = serde_json::json!({ "action": wish }).to_string();
            http.post(url).header(reqwest::header::CONTENT_TYPE, "application/json").body(body)
        }
    };
    let response = request.header(LEARNER, learner).send().await.map_err(|e| net::FetchError::http(url, e))?;
    let status = response.status();
    let body = net::body(response, MAX_BYTES).await?;
    let reply = enrolment::read(&body);
    // A refusal may come with any status; numbers only with a good one.
    match (&reply, status.is_success()) {
        (Reply::Refused(_), _) | (_, true) => Ok(reply),
        _ => Err(net::FetchError::status(url, status)),
    }
}

/// A learner's name for the operator: says nothing of the person or the box.
pub fn new_learner() -> String {
    use rand::Rng as _;
    format!("{:032x}", rand::rng().random::<u128>())
}
