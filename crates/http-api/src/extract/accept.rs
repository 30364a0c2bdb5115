use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
    mime::{Mime, Name},
};

/// Returns the first of `offered` (media types) in the order in which the request prefers them, and the
/// first of all if it has no preference among them. The response must have `Vary: Accept`.
pub(crate) fn preferred<'a, T>(request: &HttpRequest, offered: &'a [(&str, T)]) -> &'a T {
    let ranked = |mut accept: Accept| {
        accept.retain(|item| item.quality > Quality::ZERO);
        accept.ranked()
    };
    let accept = Accept::parse(request).map(ranked).unwrap_or_default();
    let offer_for = |wanted: &Mime| {
        offered.iter().find(|(media_type, _)| {
            let (kind, subtype) = media_type.split_once('/').unwrap_or((media_type, ""));
            let fits = |wanted: Name<'_>, offer: &str| wanted == "*" || wanted == offer;
            fits(wanted.type_(), kind) && fits(wanted.subtype(), subtype)
        })
    };
    let (_, offer) = accept.iter().find_map(offer_for).unwrap_or(&offered[0]);
    offer
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_preferred_type_is_returned_and_a_refused_one_is_not() {
        let offered = [("application/json", "json"), ("text/html", "html")];
        for (accept, expected) in [
            ("", "json"),
            ("*/*", "json"),
            ("text/html", "html"),
            ("text/*", "html"),
            ("text/html;q=0.5, application/json;q=0.9", "json"),
            ("image/png", "json"),
            ("text/html;q=0", "json"),
        ] {
            let request = TestRequest::get().insert_header(("Accept", accept)).to_http_request();
            assert_eq!(*preferred(&request, &offered), expected, "{accept}");
        }
    }
}
