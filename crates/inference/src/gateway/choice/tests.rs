use super::*;

const GIB: u64 = 1 << 30;

fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

fn card(model: &str, family: &str, gib: u64) -> ModelCard {
    ModelCard {
        host: name("local"),
        model: ModelName::new(model).unwrap(),
        digest: None,
        family: Some(family.to_owned()),
        parameters: None,
        size: Some(gib * GIB),
        window: None,
        loaded: false,
        placement: None,
        chats: true,
        embeds: false,
        continues_reply: false,
        demo: false,
        remote: false,
    }
}

fn loaded(card: ModelCard) -> ModelCard {
    ModelCard { loaded: true, ..card }
}

fn host(host: &str, cards: impl IntoIterator<Item = ModelCard>) -> HostModels {
    let host = name(host);
    let cards = cards.into_iter().map(|card| ModelCard { host: host.clone(), ..card }).collect();
    HostModels { host, models: Ok(cards) }
}

fn down(host: &str) -> HostModels {
    let limit = std::time::Duration::from_secs(5);
    HostModels { host: name(host), models: Err(HostError::TimedOut { limit }) }
}

fn seat(host: Option<&str>, model: Option<&str>) -> Wanted {
    Wanted { host: host.map(name), model: model.map(|model| ModelName::new(model).unwrap()) }
}

/// Nobody asked for anything yet, and one host rests.
struct Nothing {
    resting: &'static str,
}

impl Experience for Nothing {
    fn how_to_get(&self, _: &HostName, model: Option<&ModelName>) -> Option<String> {
        Some(format!("pull {}", model.map_or("any", ModelName::as_str)))
    }

    fn standing(&self, card: &ModelCard) -> Standing {
        let mut standing = Standing::idle(card);
        standing.is_resting = self.is_resting(&card.host);
        standing
    }

    fn is_resting(&self, host: &HostName) -> bool {
        host.as_str() == self.resting
    }
}

/// The chosen models as `host/model`.
fn chosen(wanted: &[Wanted], listings: &[HostModels]) -> Result<Vec<String>, ResolveError> {
    chosen_by(&Nothing { resting: "none" }, wanted, listings)
}

fn chosen_by(
    experience: &Nothing,
    wanted: &[Wanted],
    listings: &[HostModels],
) -> Result<Vec<String>, ResolveError> {
    let cards = choose(wanted, listings, experience)?;
    Ok(cards.iter().map(|card| format!("{}/{}", card.host, card.model)).collect())
}

fn unnamed(seats: usize, cards: impl IntoIterator<Item = ModelCard>) -> Vec<String> {
    chosen(&vec![Wanted::default(); seats], &[host("local", cards)]).unwrap()
}

#[test]
fn one_model_serves_all_seats() {
    assert_eq!(unnamed(3, [card("qwen3:8b", "qwen3", 5)]), ["local/qwen3:8b"; 3]);
}

#[test]
fn two_families_take_turns_and_a_third_is_left_out() {
    let cards = [
        card("qwen3:8b", "qwen3", 5),
        card("qwen3:4b", "qwen3", 3),
        card("llama3.2:3b", "llama", 2),
        card("gemma3:1b", "gemma3", 1),
    ];
    let expected = ["local/qwen3:8b", "local/llama3.2:3b", "local/qwen3:8b", "local/llama3.2:3b"];
    assert_eq!(unnamed(4, cards), expected);
}

#[test]
fn a_loaded_model_goes_before_a_better_one_that_is_not() {
    let cards = [card("qwen3:8b", "qwen3", 5), loaded(card("llama3.2:1b", "llama", 1))];
    assert_eq!(unnamed(2, cards), ["local/llama3.2:1b", "local/qwen3:8b"]);
}

#[test]
fn a_large_model_is_taken_only_if_loaded_or_alone() {
    let (large, small) = (card("llama3.3:70b", "llama", 40), card("gemma3:4b", "gemma3", 3));
    assert_eq!(unnamed(2, [large.clone(), small.clone()]), ["local/gemma3:4b"; 2]);
    assert_eq!(unnamed(1, [large.clone()]), ["local/llama3.3:70b"]);
    let both = ["local/llama3.3:70b", "local/gemma3:4b"];
    assert_eq!(unnamed(2, [loaded(large), small]), both);
}

#[test]
fn demo_models_serve_only_where_there_is_nothing_else() {
    let demo = || ModelCard { demo: true, ..loaded(card("smollm2", "llama", 0)) };
    assert_eq!(unnamed(1, [demo(), card("gemma3:4b", "gemma3", 3)]), ["local/gemma3:4b"]);
    assert_eq!(unnamed(1, [demo()]), ["local/smollm2"]);
}

#[test]
fn models_that_embed_or_are_remote_are_not_taken_unnamed() {
    let cards = || {
        [
            ModelCard { chats: false, ..loaded(card("nomic-embed-text:latest", "bert", 1)) },
            ModelCard { remote: true, ..card("gpt-oss:120b-cloud", "gptoss", 0) },
        ]
    };
    let error = chosen(&[seat(None, None)], &[host("local", cards())]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no model that can chat on local; gpt-oss:120b-cloud runs beyond this network and serves only \
         those who name it; try `pull any`"
    );
    let named = chosen(&[seat(None, Some("gpt-oss:120b-cloud"))], &[host("local", cards())]);
    assert_eq!(named.unwrap(), ["local/gpt-oss:120b-cloud"]);
}

#[test]
fn the_first_host_is_preferred_to_a_larger_model() {
    let listings = [
        host("desk", [card("gemma3:4b", "gemma3", 3)]),
        host("shelf", [card("qwen3:8b", "gemma3", 5)]),
    ];
    assert_eq!(chosen(&[seat(None, None)], &listings).unwrap(), ["desk/gemma3:4b"]);
}

#[test]
fn a_seat_may_name_its_host_only() {
    let listings = [
        host("desk", [card("gemma3:4b", "gemma3", 3)]),
        host("shelf", [card("qwen3:8b", "qwen3", 5)]),
    ];
    let seats = [seat(Some("shelf"), None), seat(None, None), seat(Some("shelf"), None)];
    let expected = ["shelf/qwen3:8b", "desk/gemma3:4b", "shelf/qwen3:8b"];
    assert_eq!(chosen(&seats, &listings).unwrap(), expected);
}

#[test]
fn a_named_model_is_found_where_it_is_loaded() {
    let model = || card("gemma3:4b", "gemma3", 3);
    let listings = [host("desk", [model()]), host("shelf", [loaded(model())])];
    let seats = [seat(None, Some("gemma3:4b")), seat(Some("desk"), Some("gemma3:4b"))];
    assert_eq!(chosen(&seats, &listings).unwrap(), ["shelf/gemma3:4b", "desk/gemma3:4b"]);
}

#[test]
fn latest_is_implied_only_where_no_tag_is_named() {
    let listings = [host("local", [card("llama3.2:latest", "llama", 2)])];
    let found = chosen(&[seat(None, Some("llama3.2"))], &listings).unwrap();
    assert_eq!(found, ["local/llama3.2:latest"]);
    assert!(chosen(&[seat(None, Some("llama3.2:1b"))], &listings).is_err());
    let listings = [host("local", [card("hub:8080/me/poet:latest", "llama", 2)])];
    let found = chosen(&[seat(None, Some("hub:8080/me/poet"))], &listings).unwrap();
    assert_eq!(found, ["local/hub:8080/me/poet:latest"]);
}

#[test]
fn a_missing_model_is_never_replaced() {
    let listings = [host("desk", [card("gemma3:4b", "gemma3", 3)]), down("shelf")];
    let error = chosen(&[seat(None, Some("gemma3"))], &listings).unwrap_err();
    let expected = "no model gemma3 on desk (did you mean `gemma3:4b`?); shelf: no answer within 5 s; try `pull gemma3`";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_named_host_that_is_down_is_an_error_of_its_own() {
    let listings = [host("desk", [card("gemma3:4b", "gemma3", 3)]), down("shelf")];
    for model in [None, Some("gemma3:4b")] {
        let error = chosen(&[seat(Some("shelf"), model)], &listings).unwrap_err();
        assert!(matches!(error, ResolveError::HostUnavailable { .. }), "{error}");
    }
}

#[test]
fn a_named_model_that_only_embeds_is_refused() {
    let embeds = ModelCard { chats: false, ..card("nomic-embed-text:latest", "bert", 1) };
    let error = chosen(&[seat(None, Some("nomic-embed-text"))], &[host("desk", [embeds])]);
    assert!(matches!(error.unwrap_err(), ResolveError::CannotChat { .. }));
}

#[test]
fn a_host_that_rests_is_taken_last() {
    let near = host("near", [loaded(card("a", "llama", 4))]);
    let far = host("far", [card("a", "llama", 4), card("b", "qwen2", 1)]);
    let listings = [near, far];
    let resting = |host| Nothing { resting: host };
    let named = [seat(None, Some("a"))];
    assert_eq!(chosen_by(&resting("none"), &named, &listings).unwrap(), ["near/a"]);
    assert_eq!(chosen_by(&resting("near"), &named, &listings).unwrap(), ["far/a"]);
    let any = [Wanted::default()];
    assert_eq!(chosen_by(&resting("near"), &any, &listings).unwrap(), ["far/a"]);
    let pinned = [seat(Some("near"), Some("a"))];
    assert_eq!(chosen_by(&resting("near"), &pinned, &listings).unwrap(), ["near/a"]);
}
