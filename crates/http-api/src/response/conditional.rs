//! Responses that a client may have kept.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{AcceptEncoding, ETag, Encoding, EntityTag, IfNoneMatch},
};

/// A response with a tag of its content.
pub(crate) struct Tagged {
    tag: EntityTag,
    is_kept: bool,
}

impl Tagged {
    /// Compares the tag with those that the request names.
    pub(crate) fn new(request: &HttpRequest, tag: &str) -> Self {
        let tag = EntityTag::new_weak(tag.to_owned());
        let is_kept = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|kept| kept.weak_eq(&tag)),
            None => false,
        };
        Self { tag, is_kept }
    }

    /// Whether the client has the content: the response needs no body.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// A response with the tag: 304 or 200.
    pub(crate) fn response(&self) -> HttpResponseBuilder {
        let mut response =
            if self.is_kept { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header(ETag(self.tag.clone()));
        response
    }
}

/// Whether the client accepts an encoding, and prefers it to none.
pub(crate) fn takes(request: &HttpRequest, encoding: &Encoding) -> bool {
    let accepted = request.get_header::<AcceptEncoding>();
    let offered = [encoding.clone(), Encoding::identity()];
    accepted.is_some_and(|accepted| accepted.negotiate(offered.iter()).as_ref() == Some(encoding))
}
