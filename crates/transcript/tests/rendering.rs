//! Renderings of whole logs, and of logs cut off at every event.

use synod_domain::{Event, PausePolicy, PauseReason, Paused, Recorded};
use synod_transcript::{Transcript, VerdictSummary};

const CONSENSUS: &str = include_str!("logs/consensus.ndjson");
const MAX_ROUNDS: &str = include_str!("logs/max-rounds.ndjson");
const MODERATED: &str = include_str!("logs/moderated.ndjson");
const RUN_OFF: &str = include_str!("logs/run-off.ndjson");
const HOSTILE: &str = include_str!("logs/hostile.ndjson");

fn read(log: &str) -> Vec<Recorded> {
    log.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

#[test]
fn a_consensus_in_markdown() {
    insta::assert_snapshot!(Transcript::of(&read(CONSENSUS)).to_markdown());
}

#[test]
fn a_debate_without_consensus_in_markdown() {
    insta::assert_snapshot!(Transcript::of(&read(MAX_ROUNDS)).to_markdown());
}

#[test]
fn a_moderated_debate_in_markdown() {
    insta::assert_snapshot!(Transcript::of(&read(MODERATED)).to_markdown());
}

#[test]
fn rules_name_the_moderator_and_the_total_of_turns() {
    let rules = |log: &str| {
        let page = Transcript::of(&read(log)).to_markdown();
        page.lines().find(|line| line.contains("after the blind opening")).unwrap().to_owned()
    };
    let unnamed = MODERATED.replace(r#""moderator":"mo""#, r#""moderator":null"#);
    let (before, after) = unnamed.split_once(r#""moderator":{"#).unwrap();
    let unnamed =
        format!(r#"{before}"moderator":null{}"#, after.split_once('}').unwrap().1[1..].to_owned());
    assert!(rules(&unnamed).contains("The moderator is the model of Ada."), "{}", rules(&unnamed));
    let freeform = MODERATED.replace("autonomous", "freeform");
    assert!(
        rules(&freeform).starts_with("Freeform: at most 2 rounds of 6 turns, one at a time, after")
    );
}

#[test]
fn hostile_text_is_escaped_in_markdown() {
    insta::assert_snapshot!(Transcript::of(&read(HOSTILE)).to_markdown());
}

#[test]
fn a_consensus_in_html() {
    insta::assert_snapshot!(without_style(&Transcript::of(&read(CONSENSUS)).to_html()));
}

#[test]
fn hostile_text_is_escaped_in_html() {
    insta::assert_snapshot!(without_style(&Transcript::of(&read(HOSTILE)).to_html()));
}

fn without_style(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").expect("a style");
    let (_, body) = rest.split_once("</style>").expect("its end");
    format!("{head}{body}")
}

#[test]
fn calls_served_by_other_hosts_are_listed_by_host() {
    let facts = |log: &str| VerdictSummary::of(&Transcript::of(&read(log))).unwrap().facts;
    let calls = |log: &str| facts(log).into_iter().find(|fact| fact.label == "Calls").unwrap().text;
    assert!(!calls(CONSENSUS).contains("served"), "{}", calls(CONSENSUS));
    let meta = r#""meta":{"model":"gemma2:9b","#;
    let moved = CONSENSUS.replacen(meta, &format!(r#"{meta}"host":"far","#), 2);
    assert!(calls(&moved).ends_with("; 2 calls were served by far"), "{}", calls(&moved));
    let moved = moved.replacen(r#""host":"far""#, r#""host":"attic""#, 1);
    assert!(
        calls(&moved).ends_with("; 1 call was served by attic; 1 call was served by far"),
        "{}",
        calls(&moved)
    );
}

#[test]
fn a_page_loads_nothing_and_contains_its_policy() {
    let page = Transcript::of(&read(CONSENSUS)).to_html();
    assert!(page.contains(synod_transcript::CONTENT_SECURITY_POLICY));
    for loads in ["src=", "href=", "url(", "@import", "http://", "https://", "<script", "<link"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn a_debate_as_one_json_document() {
    let transcript = Transcript::of(&read(MAX_ROUNDS));
    insta::assert_json_snapshot!(transcript);
}

#[test]
fn a_log_cut_at_any_event_renders_as_unfinished() {
    let log = read(CONSENSUS);
    for end in 0..log.len() {
        let transcript = Transcript::of(&log[..end]);
        let markdown = transcript.to_markdown();
        assert!(markdown.ends_with("*This debate is not finished.*\n"), "{markdown}");
        assert!(transcript.to_html().contains("<em>This debate is not finished.</em>"));
        assert_eq!(transcript.verdict_markdown(), None);
        assert!(serde_json::to_value(&transcript).unwrap()["verdict"].is_null());
    }
}

#[test]
fn every_format_gives_the_reason_of_a_pause() {
    let mut log = read(CONSENSUS);
    log.truncate(log.len() - 1);
    let paused = Paused {
        policy: PausePolicy::Drain,
        reason: PauseReason::HostsRefuse,
        hosts: Box::new(["gpu".parse().unwrap()]),
        detail: Some("HTTP 402: <no credit left>".into()),
        models: Box::default(),
    };
    let last = log.last().unwrap();
    log.push(Recorded {
        seq: last.seq + 1,
        event: Event::DebatePaused(paused.into()),
        ..last.clone()
    });
    let transcript = Transcript::of(&log);
    let why = "Paused: gpu refuses its calls (HTTP 402: &lt;no credit left&gt;)";
    let html = transcript.to_html();
    assert!(html.contains(&format!("<em>This debate is not finished. {why}.</em>")), "{html}");
    let markdown = transcript.to_markdown();
    assert!(markdown.contains("Paused: gpu refuses its calls (HTTP 402: "), "{markdown}");
    assert_eq!(serde_json::to_value(&transcript).unwrap()["pause"]["reason"], "hosts_refuse");
}

#[test]
fn entries_and_ballots_are_in_speaking_order() {
    let log = read(CONSENSUS);
    let transcript = Transcript::of(&log);
    for round in &transcript.rounds {
        let turns: Vec<_> = round.turns().map(|turn| turn.turn).collect();
        assert!(turns.is_sorted(), "{turns:?}");
        let voters: Vec<_> = round.ballots.iter().map(|b| b.agent_id.as_str()).collect();
        assert_eq!(voters, ["ada", "bo", "cy"]);
    }
}

#[test]
fn every_format_warns_of_verdicts_by_tiny_models() {
    let mut log = read(CONSENSUS);
    let Some(synod_domain::Event::DebateClosed(verdict)) = log.last_mut().map(|r| &mut r.event)
    else {
        panic!("the log has a verdict");
    };
    std::sync::Arc::make_mut(verdict).demo = true;
    let transcript = Transcript::of(&log);
    let warning = "its ballots are near chance";
    assert!(transcript.to_markdown().contains(warning));
    assert!(transcript.to_html().contains(warning));
    assert!(transcript.verdict_markdown().unwrap().contains(warning));
    assert!(VerdictSummary::of(&transcript).unwrap().cautions.iter().any(|c| c.contains(warning)));
    assert_eq!(serde_json::to_value(&transcript).unwrap()["verdict"]["demo"], true);
}

#[test]
fn participants_with_one_name_are_shown_with_their_ids() {
    let log = CONSENSUS.replace(r#""name":"Bo""#, r#""name":"Ada""#);
    let names = Transcript::of(&read(&log)).to_markdown();
    assert!(names.contains("| Ada (ada) |") && names.contains("| Ada (bo) |"), "{names}");
}

#[test]
fn different_rulings_of_a_judge_break_no_tie() {
    let ruling = |call: u8, option: &str| {
        let meta = r#"{"model":"m","digest":null,"prompt_tokens":1,"output_tokens":1,"estimated":false,"omitted":0,"queued_ms":0,"load_ms":null,"first_token_ms":1,"generation_ms":1}"#;
        format!(
            r#"{{"v":1,"debate_id":"0193fb3e-0000-7000-8000-000000000001","seq":29,"at":"2026-11-23T10:00:00.000Z","type":"judge_ruled","data":{{"call":{call},"option":"{option}","cause":null,"meta":{meta}}}}}"#
        )
    };
    let (before, close) = MAX_ROUNDS.trim_end().rsplit_once('\n').unwrap();
    let log = [before, &ruling(90, "O1"), &ruling(91, "O2"), close].join("\n");
    let page = Transcript::of(&read(&log)).to_markdown();
    assert!(page.contains("\nThe judge rules for O1 "), "{page}");
    assert!(
        page.contains("\nWith the options in reverse order, the judge rules for O2 "),
        "{page}"
    );
    let tie = "Tie: not broken: the judge did not name the same option both times";
    assert!(page.contains(tie), "{page}");
    assert!(!Transcript::of(&read(MAX_ROUNDS)).to_markdown().contains("not broken"));
}

#[test]
fn a_count_without_votes_names_no_leader() {
    let mut log = read(MAX_ROUNDS);
    for recorded in &mut log {
        if let Event::RoundClosed(closed) = &mut recorded.event {
            let closed = std::sync::Arc::make_mut(closed);
            let tally = std::sync::Arc::make_mut(&mut closed.tally);
            tally.votes.iter_mut().for_each(|votes| votes.count = 0);
        }
    }
    let page = Transcript::of(&log).to_markdown();
    assert!(page.contains("\n- Votes: no votes\n"), "{page}");
}

#[test]
fn silent_participants_are_listed_with_the_cause() {
    let silent = r#""silent":[{"agent_id":"bo","never_spoke":true,"never_voted":true,"cause":"all_thought"},{"agent_id":"cy","never_spoke":false,"never_voted":true,"cause":"deadline"}],"hollow":"#;
    let log = read(&MAX_ROUNDS.replace(r#""hollow":"#, silent));
    let transcript = Transcript::of(&log);
    let facts = VerdictSummary::of(&transcript).unwrap().facts;
    let silent: Vec<_> = facts.iter().filter(|fact| fact.label == "Silent").collect();
    assert!(silent[0].text.ends_with(
        ": never spoke and never voted, mostly because the model thought up to its limit and said \
         nothing"
    ));
    assert!(silent[1].text.ends_with(": never voted, mostly because the clock ran out"));
    for page in [transcript.to_markdown(), transcript.to_html()] {
        assert!(page.contains("never spoke and never voted"), "{page}");
    }
    let json = serde_json::to_value(&transcript).unwrap();
    assert_eq!(json["verdict"]["silent"][0]["cause"], "all_thought");
}

/// The log with changed metadata of all calls that end in round 1.
fn with_metas(
    mut log: Vec<Recorded>,
    change: impl Fn(&mut synod_domain::CallMeta),
) -> Vec<Recorded> {
    for recorded in &mut log {
        if let Event::TurnEnded(turn) = &mut recorded.event {
            let turn = std::sync::Arc::make_mut(turn);
            if turn.round == 1 {
                change(&mut turn.meta);
            }
        }
    }
    log
}

#[test]
fn left_out_statements_are_noted_per_round_and_in_the_verdict() {
    let transcript = Transcript::of(&with_metas(read(CONSENSUS), |meta| meta.omitted = 3));
    let turns = transcript.rounds[1].turns().count();
    let text = format!("up to 3 earlier statements were left out of {turns} prompts: ");
    assert!(transcript.left_out_of(0).in_words().is_none());
    let markdown = transcript.to_markdown();
    assert!(markdown.contains(&format!("*In this round {text}")), "{markdown}");
    assert!(transcript.to_html().contains(&format!("<em>In this round {text}")));
    let verdict = transcript.verdict_markdown().unwrap();
    assert!(verdict.contains(&format!("Left out: {text}")), "{verdict}");
    assert!(!Transcript::of(&read(CONSENSUS)).to_markdown().contains("left out"));
}

#[test]
fn failed_calls_are_listed_by_reason_most_frequent_first() {
    let mut log = read(CONSENSUS);
    let reasons = ["connection refused by gpu", "time limit", "connection refused by gpu"];
    let mut reasons = reasons.into_iter();
    for recorded in &mut log {
        if let Event::BallotRecorded(ballot) = &mut recorded.event
            && let Some(reason) = reasons.next()
        {
            let ballot = std::sync::Arc::make_mut(ballot);
            ballot.cause = Some(synod_domain::FailureCause::ModelError);
            ballot.meta.failure = Some(reason.into());
        }
    }
    let transcript = Transcript::of(&log);
    let text = "4 calls failed: connection refused by gpu (2), the model or its host \
                failed (1), time limit (1).";
    assert_eq!(transcript.failures().to_string(), text);
    assert!(transcript.to_markdown().contains(text), "{}", transcript.to_markdown());
    assert!(transcript.to_html().contains(text));
    // Older logs have causes, but no reasons.
    let before = Transcript::of(&read(CONSENSUS));
    assert_eq!(before.failures().to_string(), "1 call failed: the model or its host failed (1).");
    assert!(!before.to_markdown().contains("failed: "));
}

#[test]
fn estimated_token_counts_are_marked_as_about() {
    let tokens = |log: &[Recorded]| {
        let facts = VerdictSummary::of(&Transcript::of(log)).unwrap().facts;
        facts.into_iter().find(|fact| fact.label == "Tokens").unwrap().text
    };
    let log = read(CONSENSUS);
    assert!(!tokens(&log).contains("about"));
    assert!(tokens(&with_metas(log, |meta| meta.estimated = true)).starts_with("about "));
}

#[test]
fn prompts_of_failed_calls_do_not_count_as_read() {
    let tokens = |log: &[Recorded]| {
        let facts = VerdictSummary::of(&Transcript::of(log)).unwrap().facts;
        facts.into_iter().find(|fact| fact.label == "Tokens").unwrap().text
    };
    let (log, turns) =
        (read(CONSENSUS), Transcript::of(&read(CONSENSUS)).rounds[1].turns().count());
    let Some(Event::DebateClosed(verdict)) = log.last().map(|recorded| &recorded.event) else {
        panic!("the log has a verdict");
    };
    let all = verdict.tokens.prompt;
    let failed = with_metas(log.clone(), |meta| {
        (meta.estimated, meta.prompt_tokens, meta.output_tokens) = (true, 10, 0);
        meta.failure = Some("time limit".into());
    });
    let read = (all - 10 * turns as u64).to_string();
    let text = tokens(&failed).replace(',', "");
    assert!(text.starts_with(&format!("{read} read")), "{text}, of {all}");
}

#[test]
fn only_the_embedded_model_is_called_the_demo_model() {
    let caution = |host: &str, models: [&str; 2]| {
        let mut log = read(CONSENSUS);
        for recorded in &mut log {
            if let Event::DebateInitialized(setup) = &mut recorded.event {
                let seats = &mut std::sync::Arc::make_mut(setup).participants;
                for (seat, model) in seats.iter_mut().zip(models) {
                    let seat = std::sync::Arc::make_mut(seat);
                    seat.scale = synod_domain::Scale::Tiny;
                    (seat.host, seat.model) = (host.parse().unwrap(), model.parse().unwrap());
                }
            }
            if let Event::DebateClosed(verdict) = &mut recorded.event {
                std::sync::Arc::make_mut(verdict).demo = true;
            }
        }
        VerdictSummary::of(&Transcript::of(&log)).unwrap().cautions.pop().unwrap()
    };
    assert!(caution("embedded", ["smollm2", "smollm2"]).starts_with("The small demo model voted"));
    assert!(caution("gpu", ["m:135m", "m:135m"]).starts_with("A tiny model, m:135m, voted"));
    assert!(caution("gpu", ["a:135m", "b:270m"]).starts_with("A tiny model voted"));
}

#[test]
fn abstentions_are_no_dissent_and_one_round_counts_once() {
    let mut log = read(CONSENSUS);
    for recorded in &mut log {
        if let Event::BallotRecorded(ballot) = &mut recorded.event
            && ballot.agent_id.as_str() == "bo"
        {
            let ballot = std::sync::Arc::make_mut(ballot);
            (ballot.result, ballot.option) = (synod_domain::BallotResult::Abstain, None);
        }
        if let Event::DebateClosed(verdict) = &mut recorded.event {
            let verdict = std::sync::Arc::make_mut(verdict);
            let agent_id = "bo".parse().unwrap();
            verdict.dissent = vec![synod_domain::Dissent { agent_id, option: None, turn: None }];
            let panel = verdict.panel.as_mut().unwrap();
            (panel.answered, panel.abstained) = (2, 1);
            let tokens = &mut verdict.tokens;
            (tokens.round0_prompt, tokens.round0_output) = (tokens.prompt, tokens.output);
        }
    }
    let facts = VerdictSummary::of(&Transcript::of(&log)).unwrap().facts;
    let fact_of = |label: &str| {
        let fact = facts.iter().find(|fact| fact.label == label);
        fact.map(|fact| fact.text.as_str())
    };
    assert_eq!(fact_of("Panel"), Some("2 voted, 1 abstained"));
    assert_eq!((fact_of("Abstained"), fact_of("Dissent")), (Some("Bo"), None));
    assert_eq!(fact_of("Tokens"), Some("8,109 read and 549 written"));
}

fn conclusion(log: &[Recorded]) -> String {
    VerdictSummary::of(&Transcript::of(log)).expect("a verdict").conclusion
}

#[test]
fn the_conclusion_names_votes_changes_and_their_weight() {
    assert_eq!(
        conclusion(&read(CONSENSUS)),
        "Ada, Bo and Cy voted for “Ban cars downtown”. Bo and Cy voted differently in round 0. All \
         3 agree. That is their shared opinion, not a proof."
    );
    insta::assert_snapshot!(conclusion(&read(MAX_ROUNDS)));
    insta::assert_snapshot!(conclusion(&read(MODERATED)));
}

#[test]
fn the_conclusion_claims_agreement_only_for_a_consensus() {
    let with = |change: &dyn Fn(&mut synod_domain::Verdict)| {
        let mut log = read(CONSENSUS);
        for recorded in &mut log {
            if let Event::DebateClosed(verdict) = &mut recorded.event {
                change(std::sync::Arc::make_mut(verdict));
            }
        }
        conclusion(&log)
    };
    let tiny = with(&|verdict| verdict.demo = true);
    assert!(tiny.contains("caution") && !tiny.contains("agree"), "{tiny}");
    let most = with(&|verdict| verdict.votes = 2);
    assert!(most.contains("2 of 3 agree, enough for"), "{most}");
    for outcome in [
        synod_domain::Outcome::Stopped,
        synod_domain::Outcome::Budget,
        synod_domain::Outcome::Deadline,
        synod_domain::Outcome::MaxRounds,
        synod_domain::Outcome::QuorumLost,
    ] {
        let text = with(&|verdict| verdict.outcome = outcome);
        assert!(!text.contains("agree"), "{outcome:?}: {text}");
    }
}

/// The log of a debate whose last round is tied by two votes each, with one for another option, and
/// whose run-off offers the two.
fn tied_log() -> Vec<Recorded> {
    read(RUN_OFF)
}

#[test]
fn ballots_of_a_run_off_are_told_apart_from_those_of_the_round() {
    let transcript = Transcript::of(&tied_log());
    let summary = VerdictSummary::of(&transcript).unwrap();
    let fact = |label: &str| {
        let facts = summary.facts.iter().filter(|fact| fact.label == label);
        facts.map(|fact| fact.text.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(fact("Votes"), ["2 of 5 for it before the tie was broken, and a consensus needs 3"]);
    assert_eq!(fact("Run-off"), ["“No” 3, “Yes” 2"]);
    assert_eq!(fact("Panel"), ["5 voted"]);
    assert_eq!(
        fact("Dissent"),
        [
            "Analyst: Yes (statement 10)",
            "Critic: Yes (statement 6)",
            "Visionary: Wait (statement 9)"
        ]
    );
    let conclusion = &summary.conclusion;
    assert!(
        conclusion.starts_with(
            "Analyst and Critic voted for “Yes”; Pragmatist and Skeptic voted for “No”; Visionary \
             voted for “Wait”. No vote differs from the one in round 0. In the run-off, Pragmatist, \
             Skeptic and Visionary voted for “No”; Analyst and Critic voted for “Yes”. “No” won the \
             run-off with 3 of 5 after a tie, without a consensus"
        ),
        "{conclusion}"
    );
    for page in [transcript.to_markdown(), transcript.to_html()] {
        assert!(!page.contains("Visionary voted differently"), "{page}");
        assert!(page.contains("In the run-off, Pragmatist"), "{page}");
    }
    let json = serde_json::to_value(&transcript).unwrap();
    assert_eq!(json["verdict"]["tied_round"]["answered"], 5);
    assert_eq!(json["verdict"]["tied_round"]["votes"][2]["count"], 1);
}

#[test]
fn abstentions_and_unreadable_ballots_of_a_tied_round_stay_in_the_panel() {
    let mut log = tied_log();
    for recorded in &mut log {
        if let Event::BallotRecorded(ballot) = &mut recorded.event
            && (ballot.round, ballot.run_off, ballot.agent_id.as_str()) == (1, false, "visionary")
        {
            let ballot = std::sync::Arc::make_mut(ballot);
            (ballot.result, ballot.option) = (synod_domain::BallotResult::Abstain, None);
        }
        if let Event::RoundClosed(closed) = &mut recorded.event
            && closed.round == 1
        {
            let closed = std::sync::Arc::make_mut(closed);
            let tally = std::sync::Arc::make_mut(&mut closed.tally);
            (tally.answered, tally.abstained) = (4, 1);
        }
    }
    let page = Transcript::of(&log).to_markdown();
    assert!(page.contains("- Panel: 4 voted, 1 abstained\n"), "{page}");
    assert!(page.contains("- Abstained: Visionary\n"), "{page}");
}
