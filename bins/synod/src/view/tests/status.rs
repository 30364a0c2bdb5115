use super::*;

#[test]
fn the_status_says_that_the_moderator_chooses() {
    let mut view = View::default();
    let log = read(MODERATED);
    let is_move = |recorded: &Recorded| matches!(&recorded.event, Event::CallStarted(call) if call.purpose == synod_domain::Purpose::Move);
    let first = log.iter().position(is_move).expect("a move");
    for recorded in &log[..=first] {
        view.record(recorded, 90);
    }
    let status = view.live(90).status;
    assert!(
        status.starts_with("round 1 of 2, discussion · the moderator is asked · call 7 of "),
        "{status}"
    );
}

#[test]
fn the_status_says_what_each_call_does_and_what_it_costs() {
    let mut view = three_openings();
    let rest = "call 3 of 18 · 0:00 · 0 tokens · ^C stops";
    let status = |view: &View| view.live(160).status;
    assert_eq!(
        status(&view),
        format!("round 0 of 2, blind opening · Ada, Bo and Cy are asked · {rest}")
    );
    view.reach(&progress(1, CallPhase::Loading));
    view.reach(&progress(2, CallPhase::Queued { ahead: 0, wait: None }));
    view.reach(&progress(3, CallPhase::Queued { ahead: 1, wait: None }));
    // Only one of the three is worked on.
    let first = "call 1 of 18 · 0:00 · 0 tokens · ^C stops";
    let doing = "llama3.2:3b is loading for Ada, Bo is next, Cy is 2nd in line";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {doing} · {first}"));
    let wait = |seconds| Some(std::time::Duration::from_secs(seconds));
    view.reach(&progress(2, CallPhase::Queued { ahead: 0, wait: wait(8) }));
    view.reach(&progress(3, CallPhase::Queued { ahead: 2, wait: wait(38) }));
    let doing = "llama3.2:3b is loading for Ada, Bo is next (about 10 s), \
                 Cy is 3rd in line, about 40 s";
    assert_eq!(view.live(170).status, format!("round 0 of 2, blind opening · {doing} · {first}"));
    view.reach(&progress(1, CallPhase::Generating));
    view.reach(&progress(2, CallPhase::Generating));
    view.reach(&progress(3, CallPhase::Prompting));
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    view.think(&thought(1, "Hm, well"), 90);
    let doing = "Bo speaks, Ada thinks (2 words), Cy is reading the prompt";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {doing} · {rest}"));
    view.hear(&delta(1, "I"), 90);
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    // The hint and the phase stay, however much else there is to show.
    view.reach(&progress(1, CallPhase::Loading));
    view.elapse(std::time::Duration::from_secs(83));
    let told = |width| view.live(width).status;
    assert!(told(104).ends_with("… · call 3 of 18 · 1:23 · 0 tokens · ^C stops"), "{}", told(104));
    assert!(told(96).ends_with("… · call 3 of 18 · 1:23 · ^C stops"), "{}", told(96));
    assert!(told(88).ends_with("… · call 3 of 18 · ^C stops"), "{}", told(88));
    let few = told(75);
    assert!(few.starts_with("round 0 of 2, blind opening · Bo speaks, "), "{few}");
    assert!(few.ends_with("… · ^C stops"), "{few}");
    assert_eq!(told(46), "round 0 of 2, blind opening · ^C stops");
    assert_eq!(told(40), "round 0, blind opening · ^C stops");
    assert_eq!(told(35), "blind opening · ^C stops");
    for width in 20..200 {
        assert!(display_width(&told(width)) <= width - 5, "{width}: {}", told(width));
    }
}

#[test]
fn the_status_estimates_the_time_once_calls_have_ended() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.record(recorded, 160);
    }
    view.elapse(std::time::Duration::from_secs(30));
    // Three of 18 calls have taken 30 s.
    assert!(view.live(160).status.contains("0:30 of at most about 3 min"), "{:?}", view.live(160));
}

#[test]
fn the_clock_stops_while_the_debate_is_paused_or_waits_for_hosts() {
    use synod_domain::{PausePolicy, PauseReason, Paused};

    let seconds = std::time::Duration::from_secs;
    let events = read(CONSENSUS);
    let mut view = View::default();
    for recorded in &events[..8] {
        view.record(recorded, 160);
    }
    view.elapse(seconds(30));
    let paused = Event::DebatePaused(Paused::of(PausePolicy::Drain, PauseReason::HostsAway));
    view.record(&Recorded { event: paused, ..events[7].clone() }, 160);
    view.elapse(seconds(900));
    assert!(view.live(160).status.contains("0:30 of at most about 3 min"), "{:?}", view.live(160));
    view.record(&Recorded { event: Event::DebateResumed, ..events[7].clone() }, 160);
    view.elapse(seconds(910));
    assert!(view.live(160).status.contains("0:40 of at most"), "{:?}", view.live(160));

    let mut view = three_openings();
    let away = CallPhase::Away { waited: seconds(1), next_try: seconds(1) };
    view.elapse(seconds(4));
    for call in 1..=3 {
        view.reach(&progress(call, away));
    }
    view.elapse(seconds(300));
    assert!(view.live(250).status.contains(" · 0:04 · "), "{:?}", view.live(250));
    view.reach(&progress(2, CallPhase::Prompting));
    view.elapse(seconds(301));
    assert!(view.live(250).status.contains(" · 0:05 · "), "one is served: {:?}", view.live(250));
}

#[test]
fn a_debate_of_moments_has_no_forecast() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.record(recorded, 160);
    }
    view.elapse(std::time::Duration::from_millis(600));
    view.elapse(std::time::Duration::from_millis(1_000));
    assert!(view.live(160).status.contains("0:01 of at most about 10 s"), "{:?}", view.live(160));
    for recorded in &read(CONSENSUS)[8..12] {
        view.record(recorded, 160);
    }
    assert!(!view.live(160).status.contains("any moment"), "{:?}", view.live(160));
}

#[test]
fn the_menu_fits_below_the_status() {
    let mut view =
        View { manner: Manner { thinking: false, ctrl_c: CtrlC::Menu }, ..three_openings() };
    assert!(view.live(90).status.ends_with("^C: menu"));
    assert_eq!(view.live(90).menu, [""; 0]);
    view.ask(Some("[g]o on  [s]top".to_owned()));
    assert_eq!(view.live(90).menu, ["[g]o on  [s]top"]);
    // No choice is hidden where it does not fit on a line.
    assert_eq!(view.live(15).menu, ["[g]o on", "[s]top"]);
    view.ask(None);
    assert_eq!(view.live(90).menu, [""; 0]);
}
