use super::*;

#[test]
fn status_shows_the_moderator_choosing() {
    let mut view = View::default();
    let log = read(MODERATED);
    let is_move = |recorded: &Recorded| matches!(&recorded.event, Event::CallStarted(call) if call.purpose == synod_domain::Purpose::Move);
    let first = log.iter().position(is_move).expect("a move");
    for recorded in &log[..=first] {
        view.on_event(recorded, 90);
    }
    let status = view.live_lines(90).status;
    assert!(
        status.starts_with("round 1 of 2, discussion · the moderator is asked · call 7 of "),
        "{status}"
    );
}

#[test]
fn status_shows_activities_calls_time_and_tokens() {
    let mut view = three_openings();
    let rest = "call 3 of 18 · 0:00 · 0 tokens · ^C stops";
    let status = |view: &View| view.live_lines(160).status;
    assert_eq!(
        status(&view),
        format!("round 0 of 2, blind opening · Ada, Bo and Cy are asked · {rest}")
    );
    view.on_phase(&progress(1, CallPhase::Loading));
    view.on_phase(&progress(2, CallPhase::Queued { ahead: 0, wait: None }));
    view.on_phase(&progress(3, CallPhase::Queued { ahead: 1, wait: None }));
    // Only one of the three is in progress.
    let first = "call 1 of 18 · 0:00 · 0 tokens · ^C stops";
    let activity = "llama3.2:3b is loading for Ada, Bo is next, Cy is 2nd in line";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {activity} · {first}"));
    let wait = |seconds| Some(std::time::Duration::from_secs(seconds));
    view.on_phase(&progress(2, CallPhase::Queued { ahead: 0, wait: wait(8) }));
    view.on_phase(&progress(3, CallPhase::Queued { ahead: 2, wait: wait(38) }));
    let activity = "llama3.2:3b is loading for Ada, Bo is next (about 10 s), \
                 Cy is 3rd in line, about 40 s";
    assert_eq!(
        view.live_lines(170).status,
        format!("round 0 of 2, blind opening · {activity} · {first}")
    );
    view.on_phase(&progress(1, CallPhase::Generating));
    view.on_phase(&progress(2, CallPhase::Generating));
    view.on_phase(&progress(3, CallPhase::Prompting));
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    view.on_thought(&thought(1, "Hm, well"), 90);
    let activity = "Bo speaks, Ada thinks (2 words), Cy is reading the prompt";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {activity} · {rest}"));
    view.on_delta(&delta(1, "I"), 90);
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    // The hint and the phase are kept if space is short.
    view.on_phase(&progress(1, CallPhase::Loading));
    view.set_elapsed(std::time::Duration::from_secs(83));
    let status_at = |width| view.live_lines(width).status;
    assert!(
        status_at(104).ends_with("… · call 3 of 18 · 1:23 · 0 tokens · ^C stops"),
        "{}",
        status_at(104)
    );
    assert!(status_at(96).ends_with("… · call 3 of 18 · 1:23 · ^C stops"), "{}", status_at(96));
    assert!(status_at(88).ends_with("… · call 3 of 18 · ^C stops"), "{}", status_at(88));
    let few = status_at(75);
    assert!(few.starts_with("round 0 of 2, blind opening · Bo speaks, "), "{few}");
    assert!(few.ends_with("… · ^C stops"), "{few}");
    assert_eq!(status_at(46), "round 0 of 2, blind opening · ^C stops");
    assert_eq!(status_at(40), "round 0, blind opening · ^C stops");
    assert_eq!(status_at(35), "blind opening · ^C stops");
    for width in 20..200 {
        assert!(display_width(&status_at(width)) <= width - 5, "{width}: {}", status_at(width));
    }
}

#[test]
fn status_estimates_the_time_once_calls_have_ended() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.on_event(recorded, 160);
    }
    view.set_elapsed(std::time::Duration::from_secs(30));
    // Three of 18 calls have taken 30 s.
    assert!(
        view.live_lines(160).status.contains("0:30 of at most about 3 min"),
        "{:?}",
        view.live_lines(160)
    );
}

#[test]
fn clock_stops_while_paused_or_waiting_for_hosts() {
    use synod_domain::{PausePolicy, PauseReason, Paused};

    let seconds = std::time::Duration::from_secs;
    let events = read(CONSENSUS);
    let mut view = View::default();
    for recorded in &events[..8] {
        view.on_event(recorded, 160);
    }
    view.set_elapsed(seconds(30));
    let paused = Event::DebatePaused(Paused::of(PausePolicy::Drain, PauseReason::HostsAway).into());
    view.on_event(&Recorded { event: paused, ..events[7].clone() }, 160);
    view.set_elapsed(seconds(900));
    assert!(
        view.live_lines(160).status.contains("0:30 of at most about 3 min"),
        "{:?}",
        view.live_lines(160)
    );
    view.on_event(
        &Recorded { event: Event::DebateResumed(std::sync::Arc::default()), ..events[7].clone() },
        160,
    );
    view.set_elapsed(seconds(910));
    assert!(view.live_lines(160).status.contains("0:40 of at most"), "{:?}", view.live_lines(160));

    let mut view = three_openings();
    let away = CallPhase::Away { waited: seconds(1), next_try: seconds(1) };
    view.set_elapsed(seconds(4));
    for call in 1..=3 {
        view.on_phase(&progress(call, away));
    }
    view.set_elapsed(seconds(300));
    assert!(view.live_lines(250).status.contains(" · 0:04 · "), "{:?}", view.live_lines(250));
    view.on_phase(&progress(2, CallPhase::Prompting));
    view.set_elapsed(seconds(301));
    assert!(
        view.live_lines(250).status.contains(" · 0:05 · "),
        "one call is in progress: {:?}",
        view.live_lines(250)
    );
}

#[test]
fn short_debates_have_no_estimate() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.on_event(recorded, 160);
    }
    view.set_elapsed(std::time::Duration::from_millis(600));
    view.set_elapsed(std::time::Duration::from_millis(1_000));
    assert!(
        view.live_lines(160).status.contains("0:01 of at most about 10 s"),
        "{:?}",
        view.live_lines(160)
    );
    for recorded in &read(CONSENSUS)[8..12] {
        view.on_event(recorded, 160);
    }
    assert!(!view.live_lines(160).status.contains("any moment"), "{:?}", view.live_lines(160));
}

#[test]
fn menu_is_wrapped_below_the_status() {
    let mut view =
        View { options: ViewOptions { thinking: false, ctrl_c: CtrlC::Menu }, ..three_openings() };
    assert!(view.live_lines(90).status.ends_with("^C: menu"));
    assert_eq!(view.live_lines(90).menu, [""; 0]);
    view.set_menu(Some("[g]o on  [s]top".to_owned()));
    assert_eq!(view.live_lines(90).menu, ["[g]o on  [s]top"]);
    // Choices that do not fit on a line are wrapped.
    assert_eq!(view.live_lines(15).menu, ["[g]o on", "[s]top"]);
    view.set_menu(None);
    assert_eq!(view.live_lines(90).menu, [""; 0]);
}
