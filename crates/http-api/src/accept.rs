use actix_web::{
    HttpRequest,
    http::header::{Accept, Header},
    mime::{Mime, Name},
};

/// The first of `offered` (type, subtype) in the order in which the request prefers them; the first
/// of all if it has no preference among them.
pub(crate) fn preferred<'a, T>(request: &HttpRequest, offered: &'a [(&str, &str, T)]) -> &'a T {
    let accept = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let offer_for = |wanted: &Mime| {
        offered.iter().find(|(kind, subtype, _)| {
            let fits = |wanted: Name<'_>, offer: &str| wanted == "*" || wanted == offer;
            fits(wanted.type_(), kind) && fits(wanted.subtype(), subtype)
        })
    };
    let (_, _, offer) = accept.iter().find_map(offer_for).unwrap_or(&offered[0]);
    offer
}
