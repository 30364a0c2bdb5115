use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
    mime::{Mime, Name},
};

/// The first of `offered` (media types) in the order in which the request prefers them; the first
/// of all if it has no preference among them. The answer varies by `Accept`, and has to say so.
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
    fn what_is_preferred_is_given_and_what_is_refused_is_not() {
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
