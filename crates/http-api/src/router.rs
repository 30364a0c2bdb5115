use std::{rc::Rc, sync::LazyLock};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ResourceDef, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::{Condition, Next, from_fn},
    web::{self, Data, PayloadConfig, ServiceConfig},
};

use synod_request_validation::JsonLimits;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::accept::preferred,
    middleware::{
        guard,
        observe::{Answered, RoutePath, observe},
    },
    openapi::document,
    path_prefix::{Published, path_within},
    response::error::{ApiError, present, refuse, wants_problem},
    routes::{api_v1, assets, compat, docs, ops, page, share_link, ws},
};

/// Mounts every route of the interface, as the example of [the crate](crate) does.
pub fn configure(api: Api) -> impl FnOnce(&mut ServiceConfig) {
    move |config| mount(config, &api, endpoints())
}

fn mount(config: &mut ServiceConfig, api: &Api, endpoints: Vec<Endpoint>) {
    let settings = api.settings();
    let mut scope = web::scope("")
        .app_data(PayloadConfig::new(settings.limits.body))
        .app_data(JsonLimits::new(settings.limits.json_depth, settings.limits.body))
        .app_data(Data::new(api.clone()));
    let mut paths = Vec::new();
    for (path, endpoints) in by_path(endpoints) {
        paths.push(path);
        scope = scope.service(resource(path, endpoints));
    }
    let paths: Rc<[ResourceDef]> = paths.into_iter().map(ResourceDef::new).collect();
    let elsewhere = web::to(move |request: HttpRequest| {
        let answer = elsewhere(&paths, &request);
        async { answer }
    });
    let cors = Condition::new(!settings.origins.is_empty(), guard::cors(&settings.origins));
    let [outer, inner] = std::array::from_fn(|_| api.clone());
    // The last one sees a request first.
    let scope = scope
        .default_service(elsewhere)
        .wrap(from_fn(move |request, next| inside(inner.clone(), request, next)))
        .wrap(cors)
        .wrap(from_fn(move |request, next| outside(outer.clone(), request, next)));
    config.service(scope);
}

/// The middleware outside of CORS.
async fn outside(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Answered>, Error> {
    Published::note(&api, &request);
    let answering =
        async |request: ServiceRequest| match guard::check_host_and_origin(&api, request.head()) {
            Ok(()) => {
                let as_problem = wants_problem(&request);
                // Refusals between here and `inside` have the framework's format.
                let response = next.call(request).await?.map_into_boxed_body();
                Ok(present(&api, response, as_problem))
            }
            Err(refusal) => Ok(refuse(&api, request, &refusal)),
        };
    observe(&api, request, answering).await
}

/// The middleware inside of CORS. A preflight, which has no key, does not reach it.
async fn inside(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(refusal) = guard::check_key(&api, request.head(), path_within(&request)) {
        return Ok(refuse(&api, request, &refusal));
    }
    let as_problem = wants_problem(&request);
    let response = next.call(request).await?.map_into_boxed_body();
    let mut response = present(&api, response, as_problem);
    guard::echo_subprotocol(&mut response);
    Ok(response)
}

/// Returns the interface's OpenAPI 3.1 document, as served at `/openapi.json`.
///
/// ```
/// let document: serde_json::Value = serde_json::from_str(synod_http_api::openapi())?;
/// assert_eq!(document["openapi"], "3.1.0");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn openapi() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document(&endpoints())));
    &DOCUMENT
}

/// All endpoints.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = compat::endpoints();
    all.extend(api_v1::endpoints());
    all.extend(ws::endpoints());
    all.extend(ops::endpoints());
    all.extend(page::endpoints());
    all.extend(share_link::endpoints());
    all.extend(docs::endpoints(openapi));
    all.extend(assets::endpoints());
    all
}

/// Groups endpoints by path, in the order in which requests are matched: paths without parameters first,
/// since each path with parameters is a regular expression, then short ones.
fn by_path(endpoints: Vec<Endpoint>) -> Vec<(&'static str, Vec<Endpoint>)> {
    let mut groups: Vec<(&'static str, Vec<Endpoint>)> = Vec::new();
    for endpoint in endpoints {
        match groups.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, group)) => group.push(endpoint),
            None => groups.push((endpoint.path, vec![endpoint])),
        }
    }
    groups.sort_by_key(|(path, _)| (path.contains('{'), path.split('/').count()));
    groups
}

fn resource(path: &'static str, endpoints: Vec<Endpoint>) -> actix_web::Resource {
    let allowed: Vec<Method> = endpoints.iter().map(|e| e.method.clone()).collect();
    let mut resource = web::resource(path).app_data(RoutePath(path));
    for endpoint in endpoints {
        resource = resource.route(endpoint.route);
    }
    resource.default_service(web::to(move || {
        let error = ApiError::MethodNotAllowed { allowed: allowed.clone() };
        async { Err::<HttpResponse, _>(error) }
    }))
}

/// The response for a path without a route: as in FastAPI, a redirect to the route without the trailing
/// slash, if there is one; a redirect to the page, for a scope without it; or else 404.
fn elsewhere(paths: &[ResourceDef], request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.match_info().unprocessed();
    let elsewhere = match path.strip_suffix('/') {
        // The page of a scope is at its `/`, against which its links are written.
        None if path.is_empty() => format!("{}/", request.path()),
        Some(twin) if !twin.is_empty() && paths.iter().any(|path| path.is_match(twin)) => {
            request.path().trim_end_matches('/').to_owned()
        }
        Some(_) | None if is_for_a_person(request) => {
            let mut response = page::page(request)?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        Some(_) | None => return Err(ApiError::NoRoute),
    };
    let location = Published::of(request).asked(&elsewhere);
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(HttpResponse::TemporaryRedirect()
        .insert_header((header::LOCATION, format!("{location}{query}")))
        .finish())
}

/// Whether the client is a browser that navigates to a page. It gets the live page, which shows the 404.
fn is_for_a_person(request: &HttpRequest) -> bool {
    let is_read = request.method() == Method::GET;
    let is_data = request.match_info().unprocessed().starts_with("/api/");
    is_read && !is_data && *preferred(request, &[("application/json", false), ("text/html", true)])
}

#[cfg(test)]
mod tests;
