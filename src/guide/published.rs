//! A guide is published plain or packed: `guide.xml`, or `guide.xml.gz` alone. Which of the two a server has is found out
//! once for each address, and anew when that one has gone. What is inside is told apart by the reader, not here.

use std::collections::HashSet;

use url::Url;

use super::{error::GuideError, import::Document};
use crate::{address::redact, net::FetchError};

/// Addresses of guides that were found packed.
#[derive(Default)]
pub struct Published(HashSet<String>);

impl Published {
    /// Opens the guide at `url` by `open`, in whichever form is there. Where neither is, the error names `url`.
    pub fn open(
        &mut self,
        url: &str,
        open: impl Fn(&str) -> Result<Document, GuideError>,
    ) -> Result<Document, GuideError> {
        let Some(packed) = packed(url) else { return open(url) };
        if self.0.contains(url) {
            match open(&packed) {
                Err(e) if is_not_there(&e) => {
                    self.0.remove(url);
                    return open(url);
                }
                answer => return answer,
            }
        }
        match open(url) {
            Err(plain) if is_not_there(&plain) => match open(&packed) {
                Ok(document) => {
                    tracing::info!("{} is there in place of the plain one", redact(&packed));
                    self.0.insert(url.to_owned());
                    Ok(document)
                }
                Err(e) if is_not_there(&e) => Err(plain),
                Err(e) => Err(e),
            },
            answer => answer,
        }
    }
}

/// The same address with `.gz` behind its path, where it is that of a plain guide on a server.
fn packed(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    let path = Some(url.path()).filter(|p| p.ends_with(".xml")).map(|p| format!("{p}.gz"))?;
    url.set_path(&path);
    Some(url.into())
}

fn is_not_there(e: &GuideError) -> bool {
    matches!(e, GuideError::Fetch(FetchError::Status { status: 404 | 410, .. }))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::guide::formats::address::Origin;

    /// A server with these addresses, which remembers what it was asked for.
    struct Server {
        has: RefCell<Vec<&'static str>>,
        asked: RefCell<Vec<String>>,
    }

    impl Server {
        fn open(&self, published: &mut Published, url: &str) -> Result<(), String> {
            let answer = published.open(url, |url| {
                self.asked.borrow_mut().push(url.to_owned());
                if self.has.borrow().contains(&url) {
                    return Ok(Document {
                        reader: Box::new(std::io::empty()),
                        origin: Origin::Stdin,
                        name: url.into(),
                    });
                }
                Err(FetchError::Status { url: url.into(), status: 404 }.into())
            });
            answer.map(drop).map_err(|e| e.to_string())
        }

        fn asked(&self) -> Vec<String> {
            self.asked.borrow_mut().drain(..).collect()
        }
    }

    const PLAIN: &str = "http://op.example/guide.xml";
    const PACKED: &str = "http://op.example/guide.xml.gz";

    #[test]
    fn the_form_that_is_there_is_remembered_until_it_has_gone() {
        let server = Server { has: RefCell::new(vec![PACKED]), asked: RefCell::default() };
        let mut published = Published::default();
        assert_eq!(server.open(&mut published, PLAIN), Ok(()));
        assert_eq!(server.asked(), [PLAIN, PACKED]);
        assert_eq!(server.open(&mut published, PLAIN), Ok(()));
        assert_eq!(server.asked(), [PACKED]);
        *server.has.borrow_mut() = vec![PLAIN];
        for asked in [vec![PACKED, PLAIN], vec![PLAIN]] {
            assert_eq!(server.open(&mut published, PLAIN), Ok(()));
            assert_eq!(server.asked(), asked);
        }
        server.has.borrow_mut().clear();
        let said = server.open(&mut published, PLAIN).unwrap_err();
        assert!(said.contains("guide.xml") && !said.contains(".gz"), "{said}");
        assert_eq!(server.asked(), [PLAIN, PACKED]);
    }

    #[test]
    fn only_a_plain_guide_on_a_server_has_a_packed_form() {
        let with_query = packed("https://op.example/tv/guide.xml?box=7");
        assert_eq!(with_query.as_deref(), Some("https://op.example/tv/guide.xml.gz?box=7"));
        for url in [PACKED, "http://op.example/guide.php?f=a.xml", "/srv/guide.xml", "file:///srv/guide.xml", "-"] {
            assert_eq!(packed(url), None, "{url}");
        }
    }
}
