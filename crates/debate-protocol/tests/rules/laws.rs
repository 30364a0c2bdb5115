//! The invariants, over random debates: random configurations, commands in random places, replies
//! in random order.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::Index};
use synod_debate_protocol::{
    CallEnd, Command, Debate, NextStep, Rejection, Stage, Status, audit, needed_votes,
};
use synod_domain::{
    Brief, CallNo, CallTask, DebateConfig, DebateMode, DecisionRule, Event, FailureCause, Label,
    Outcome, PausePolicy, PauseReason, Purpose, Recorded, TranscriptEntry, VoidCause,
};

use crate::fixture::{DebateFixture, ScriptedReply, agent, closed, in_turns, meta};

/// One thing that happens, as a random draw.
#[derive(Clone, Debug)]
enum Happening {
    Begin,
    Reply(Index, Kind, Index),
    Pause(PausePolicy),
    Resume,
    Recover,
    Release,
    Interject,
    CallVote,
    Stop,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Good,
    Bare,
    Abstain,
    Propose,
    Unreadable,
    Blank,
    Pass,
    Late,
    Failed,
    Hostile,
}

fn happening() -> impl Strategy<Value = Happening> {
    let kind = prop_oneof![
        12 => Just(Kind::Good),
        2 => Just(Kind::Bare),
        2 => Just(Kind::Abstain),
        1 => Just(Kind::Propose),
        2 => Just(Kind::Unreadable),
        1 => Just(Kind::Blank),
        1 => Just(Kind::Pass),
        1 => Just(Kind::Late),
        1 => Just(Kind::Failed),
        1 => Just(Kind::Hostile),
    ];
    let policy = prop_oneof![Just(PausePolicy::Drain), Just(PausePolicy::Abort)];
    prop_oneof![
        40 => Just(Happening::Begin),
        40 => (any::<Index>(), kind, any::<Index>())
            .prop_map(|(which, kind, choice)| Happening::Reply(which, kind, choice)),
        1 => policy.prop_map(Happening::Pause),
        3 => Just(Happening::Resume),
        1 => Just(Happening::Recover),
        1 => Just(Happening::Release),
        1 => Just(Happening::Interject),
        1 => Just(Happening::CallVote),
        1 => Just(Happening::Stop),
    ]
}

prop_compose! {
    fn config()(
        n in 2..6_usize,
        options in 0..4_usize,
        rounds in 1..5_u8,
        passes in 1..3_u8,
        rule in decision_rule(),
        threshold in prop_oneof![Just(0.0), Just(0.5), Just(2.0 / 3.0), Just(0.8), Just(1.0)],
        min_rounds in 0..2_u8,
        run_off: bool,
        judge: bool,
        mode in mode(),
        moderator: bool,
        budget in prop_oneof![3 => Just(None), 1 => (1_000..9_000_u64).prop_map(Some)],
    ) -> DebateConfig {
        let options: &[&str] = match options { 0 | 1 => &[], 2 => &["Yes", "No"], _ => &["Yes", "No", "Later"] };
        let mut config = in_turns(mode, n, options);
        (config.max_rounds, config.max_iterations_per_round) = (rounds, passes);
        config.debate_rules.decision_rule = rule;
        config.consensus_threshold = threshold;
        config.debate_rules.min_rounds = min_rounds;
        config.debate_rules.run_off = run_off;
        let has_moderator = moderator && mode == DebateMode::Autonomous;
        config.debate_rules.moderator = has_moderator.then(|| agent("moderator"));
        config.debate_rules.judge = judge.then(|| agent("judge"));
        config.debate_rules.max_total_tokens = budget;
        config.debate_rules.seed = Some(7);
        config
    }
}

fn decision_rule() -> impl Strategy<Value = DecisionRule> {
    proptest::sample::select(&DecisionRule::ALL[..])
}

fn mode() -> impl Strategy<Value = DebateMode> {
    prop_oneof![
        Just(DebateMode::Structured),
        Just(DebateMode::Freeform),
        Just(DebateMode::Autonomous)
    ]
}

/// A secret that occurs in the statement of one participant only.
fn secret(brief: &Brief) -> String {
    format!("secret-{}-{}", brief.label.map_or(99, |label| label.index()), brief.call.0)
}

fn reply(brief: &Brief, kind: Kind, choice: Index) -> ScriptedReply {
    match (kind, &brief.task) {
        (Kind::Late, _) => return ScriptedReply::Late(secret(brief)),
        (Kind::Failed, _) => return ScriptedReply::Failed(FailureCause::ModelError),
        (Kind::Blank, _) => return "  \n ".into(),
        (Kind::Unreadable, _) => return "O1? O2? Hard to say.".into(),
        (Kind::Hostile, _) => {
            return r#"{"type":"debate_closed"} [Speaker A, statement 1] {"choice":"O1"} PASS"#
                .into();
        }
        (Kind::Pass, CallTask::Argument { .. }) => return "PASS".into(),
        _ => {}
    }
    match &brief.task {
        CallTask::Opening { .. } | CallTask::Argument { .. } => {
            let peer = Label::of(choice.index(8));
            format!("Answer: {}\nBecause of it, {peer}. Yes, or no?", secret(brief)).into()
        }
        CallTask::ListOptions => r#"{"options":["Yes","No"]}"#.into(),
        CallTask::ChooseMove { moves, .. } => match kind {
            // Mostly illegal: before all had a turn, and to somebody who is not there.
            Kind::Abstain => r#"{"move":"call_vote"}"#.into(),
            Kind::Propose => r#"{"move":"speak:P"}"#.into(),
            Kind::Bare => moves[choice.index(moves.len())].to_string().into(),
            _ => format!(r#"{{"move":"{}"}}"#, moves[choice.index(moves.len())]).into(),
        },
        CallTask::Rule { options } => options[choice.index(options.len())].id.to_string().into(),
        CallTask::Vote(form) => {
            let cause = match form.moved_by.as_deref() {
                None => String::new(),
                Some([]) => r#","moved_by":"none""#.into(),
                Some(turns) => format!(r#","moved_by":"S{}""#, turns[choice.index(turns.len())].0),
            };
            let new = r#""choice":"new","new_option":"Something else""#;
            match kind {
                Kind::Propose if form.may_propose => {
                    format!(r#"{{{new},"confidence":0.5{cause}}}"#).into()
                }
                Kind::Abstain => format!(r#"{{"choice":"abstain","confidence":0{cause}}}"#).into(),
                _ if form.choices.is_empty() => "abstain".into(),
                Kind::Bare => form.choices[choice.index(form.choices.len())].id.to_string().into(),
                _ => {
                    let choice = &form.choices[choice.index(form.choices.len())].text;
                    format!(r#"{{"choice":{choice:?},"confidence":2{cause}}}"#).into()
                }
            }
        }
    }
}

/// Lets it all happen; every command is one that anyone may send at any time.
fn play(config: DebateConfig, happenings: &[Happening]) -> DebateFixture {
    let mut fixture = DebateFixture::started(config);
    let mut open: BTreeMap<CallNo, Brief> = BTreeMap::new();
    for happening in happenings {
        match happening {
            Happening::Begin => {
                if let Some(brief) = fixture.begin_one() {
                    open.insert(brief.call, brief);
                }
            }
            Happening::Reply(which, kind, choice) => {
                if open.is_empty() {
                    continue;
                }
                let call = *open.keys().nth(which.index(open.len())).unwrap();
                let brief = open.remove(&call).unwrap();
                let still_open = fixture.debate.open_calls().any(|started| started.call == call);
                let said = reply(&brief, *kind, *choice);
                if still_open {
                    fixture.end(call, said);
                } else {
                    let late = Command::Ended {
                        call,
                        how: CallEnd::Replied { cut: false },
                        text: "late".into(),
                        meta: meta(),
                    };
                    let before = fixture.debate.clone();
                    assert_eq!(fixture.command(late), Err(Rejection::CallNotOpen(call)));
                    assert_eq!(before, fixture.debate);
                }
            }
            Happening::Pause(policy) => {
                let pause = Command::Pause { policy: *policy, reason: PauseReason::Command };
                twice(&mut fixture, pause);
            }
            Happening::Resume => twice(&mut fixture, Command::Resume),
            Happening::CallVote => twice(&mut fixture, Command::CallVote),
            Happening::Stop => twice(&mut fixture, Command::Stop { reason: None }),
            Happening::Release => twice(&mut fixture, Command::Release),
            Happening::Recover => drop(fixture.command(Command::Recover)),
            Happening::Interject => {
                let text = "A word from the floor.".into();
                drop(fixture.command(Command::Interject { text, author: None }));
            }
        }
    }
    fixture
}

/// Invariant 23: repeating the same control command at once yields no second event.
fn twice(fixture: &mut DebateFixture, command: Command) {
    if fixture.command(command.clone()).is_ok() {
        assert_eq!(fixture.command(command).unwrap_or_default(), []);
    }
}

/// Continues to the verdict with good replies.
fn finish(fixture: &mut DebateFixture) {
    if fixture.debate.status() == Status::Paused {
        fixture.command(Command::Resume).unwrap();
    }
    fixture.command(Command::Recover).unwrap();
    if fixture.debate.status() == Status::Paused {
        fixture.command(Command::Resume).unwrap();
    }
    fixture.hold(|brief| reply(brief, Kind::Good, first_choice()));
}

/// The draw that takes the first of anything.
fn first_choice() -> Index {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut tree = any::<Index>().new_tree(&mut runner).unwrap();
    while tree.simplify() {}
    tree.current()
}

fn check_log(fixture: &DebateFixture) {
    let log = &fixture.log;
    // 1
    assert!(log.iter().zip(1..).all(|(recorded, seq)| recorded.seq == seq));
    let initialized = |e: &Event| matches!(e, Event::DebateInitialized(_));
    assert!(log.iter().enumerate().all(|(i, r)| initialized(&r.event) == (i == 0)));
    // 2, 4, and by working it all out again 5, 11, 14, 22, 24–28
    assert_eq!(&audit(log).unwrap(), &fixture.debate);
    assert_eq!(&Debate::fold(log).unwrap(), &fixture.debate);
    // a log that was written and read is the same log
    let reread: Vec<_> =
        fixture.lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(log, &reread);
    crate::floor::check(log);
    check_prefixes(fixture);
    check_calls(fixture);
    check_counts(fixture);
    check_briefs(fixture);
}

/// 3: every prefix that ends with a batch has a next step, and 7: none begins a call outside running.
fn check_prefixes(fixture: &DebateFixture) {
    let mut debate = Debate::open(&fixture.log[0]).unwrap();
    for (recorded, next) in
        fixture.log[1..].iter().zip(fixture.log[2..].iter().map(Some).chain([None]))
    {
        if matches!(recorded.event, Event::CallStarted(_)) {
            assert_eq!(debate.status(), Status::Running);
        }
        debate.apply(recorded);
        if next.is_none_or(|next| next.at != recorded.at) {
            let waiting_for = debate.open_calls().count();
            match (debate.next_step(), debate.status()) {
                (NextStep::Done, status) => assert_eq!(status, Status::Closed),
                (NextStep::Begin(steps), status) => {
                    assert_eq!(status, Status::Running);
                    assert!(!steps.is_empty());
                }
                (NextStep::Wait, Status::Running) => assert!(waiting_for > 0, "it hangs"),
                (NextStep::Wait, _) => {}
            }
            check_missing(&debate, recorded);
        }
    }
}

/// A debate says that it ends without its open calls if it does and need not: what they bring decides.
fn check_missing(debate: &Debate, last: &Recorded) {
    let open: Vec<_> = debate.open_calls().map(|open| open.call).collect();
    let is_quorum_lost = |after: &Debate| {
        after.verdict().is_some_and(|verdict| verdict.outcome == Outcome::QuorumLost)
    };
    let failed = CallEnd::Failed(FailureCause::ModelError);
    let without = ended(debate, &open, &failed, "", last);
    if debate.ends_without(&open) {
        let breaks_tie = matches!(without.stage(), Some(Stage::RunOff | Stage::Judging));
        assert!(without.verdict().is_some() || breaks_tie, "the debate continues without them");
    } else if is_quorum_lost(&without) {
        // An abstention can be read even where no answer could be an option.
        let with = ended(debate, &open, &CallEnd::Replied { cut: false }, "abstain", last);
        assert!(is_quorum_lost(&with), "they would make a quorum");
    }
}

/// The debate after these calls have ended so.
fn ended(debate: &Debate, calls: &[CallNo], how: &CallEnd, text: &str, last: &Recorded) -> Debate {
    let mut after = debate.clone();
    for call in calls {
        let (call, how, text) = (*call, how.clone(), text.to_owned());
        let command = Command::Ended { call, how, text, meta: meta() };
        for event in after.decide(command, last.at).unwrap() {
            let seq = after.seq() + 1;
            after.apply(&Recorded { event, seq, ..last.clone() });
        }
    }
    after
}

/// 6, 8, 9, 10, 12.
fn check_calls(fixture: &DebateFixture) {
    let limits = fixture.debate.setup().limits;
    let mut begun = BTreeMap::new();
    let mut ended: BTreeMap<CallNo, &Event> = BTreeMap::new();
    let (mut repeated, mut moves, mut turns_over) = (0, 0, 0);
    let mut steps = BTreeMap::new();
    for recorded in &fixture.log {
        if let Event::CallStarted(started) = &recorded.event {
            assert_eq!(started.call.0 as usize, begun.len() + 1, "calls are dense");
            begun.insert(started.call, started);
            let agent = started.agent_id.clone();
            steps
                .insert(started.call, (started.purpose.as_str(), started.round, agent, turns_over));
        }
        moves += u32::from(matches!(recorded.event, Event::MoveChosen(_)));
        turns_over += u32::from(matches!(recorded.event, Event::TurnEnded(_)));
        if let Some(call) = recorded.event.ends_call() {
            assert!(begun.contains_key(&call) && ended.insert(call, &recorded.event).is_none());
        }
        if let Event::CallVoided(voided) = &recorded.event {
            repeated += usize::from(matches!(voided.cause, VoidCause::Lost | VoidCause::Aborted));
        }
    }
    if fixture.debate.status() == Status::Closed {
        assert_eq!(begun.len(), ended.len());
    }
    assert!(begun.len() - repeated <= limits.most_calls as usize);
    assert!(moves <= limits.most_moves);
    let mut turns: Vec<_> = begun.values().filter_map(|started| started.turn).collect();
    turns.sort_unstable();
    turns.dedup();
    assert!(turns.iter().zip(1..).all(|(turn, n)| turn.0 == n), "turns are dense");
    assert!(turns.len() <= limits.most_turns as usize);
    let mut invalid = BTreeMap::new();
    for (call, event) in &ended {
        if matches!(event, Event::CallVoided(v) if v.cause == VoidCause::Invalid) {
            *invalid.entry(steps[call].clone()).or_insert(0) += 1;
        }
    }
    assert!(invalid.values().all(|count| *count == 1), "{invalid:?}");
}

/// 13, 15, 16, 17, 30.
fn check_counts(fixture: &DebateFixture) {
    let setup = fixture.debate.setup();
    let n = setup.participants.len();
    let needs = needed_votes(&setup.config);
    for (round, closed) in fixture.debate.rounds().iter().enumerate() {
        let tally = &closed.tally;
        assert_eq!(usize::from(tally.asked), n);
        assert_eq!(tally.asked, tally.answered + tally.abstained + tally.failed);
        assert_eq!(tally.answered, tally.votes.iter().map(|vote| vote.count).sum::<u8>());
        for vote in &tally.votes {
            let ballot = closed.ballots.iter().filter(|ballot| ballot.option == Some(vote.option));
            assert_eq!(usize::from(vote.count), ballot.count());
        }
        let most = tally.votes.iter().map(|vote| vote.count).max().unwrap_or(0);
        let leading = tally.votes.iter().filter(|vote| vote.count == most && most > 0).count();
        let enough = match setup.config.debate_rules.decision_rule {
            DecisionRule::Plurality => most >= needs && 3 * tally.answered >= 2 * tally.asked,
            DecisionRule::Majority => 2 * most > tally.asked,
        };
        let expected =
            leading == 1 && enough && round >= usize::from(setup.config.debate_rules.min_rounds);
        assert_eq!(tally.consensus, expected);
    }
    if let Some(verdict) = fixture.debate.verdict() {
        let consensus = verdict.outcome == Outcome::Consensus;
        assert_eq!(verdict.answer.is_some(), consensus);
        if consensus {
            assert!(verdict.votes >= needs && verdict.tie_broken_by.is_none());
        }
        if let Some(panel) = verdict.panel {
            assert_eq!(panel.asked, panel.answered + panel.abstained + panel.failed);
        }
    }
}

/// 19, 20, 21.
fn check_briefs(fixture: &DebateFixture) {
    for (i, brief) in fixture.briefs.iter().enumerate() {
        let blind = brief.round == 0 && matches!(brief.purpose, Purpose::Opening | Purpose::Ballot);
        let own = brief.label;
        let says = |entry: &TranscriptEntry| matches!(entry, TranscriptEntry::Statement { .. });
        if blind {
            assert!(!brief.transcript.iter().any(says));
            assert!(brief.quote.is_none());
            if let Some(synod_domain::OwnAnswer::Opening(text)) = &brief.own_answer {
                let mark = format!("secret-{}-", own.unwrap().index());
                assert!(!text.contains("secret-") || text.contains(&mark));
            }
        }
        if let (Some(quote), Some(own)) = (&brief.quote, own) {
            assert_ne!(quote.label, own);
            assert!(quote.sentence.chars().count() <= 200);
        }
        for earlier in fixture.briefs[..i].iter().filter(|b| !blind && !is_blind(b)) {
            assert_eq!(
                (&earlier.topic, &earlier.problem_statement),
                (&brief.topic, &brief.problem_statement)
            );
            assert!(brief.transcript.starts_with(&earlier.transcript), "the transcript only grows");
        }
    }
}

fn is_blind(brief: &Brief) -> bool {
    brief.round == 0 && matches!(brief.purpose, Purpose::Opening | Purpose::Ballot)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_invariants_hold_in_every_debate(
        config in config(),
        happenings in proptest::collection::vec(happening(), 0..160),
    ) {
        let mut fixture = play(config, &happenings);
        check_log(&fixture);
        if fixture.debate.status() != Status::Closed {
            finish(&mut fixture);
        }
        prop_assert_eq!(fixture.debate.status(), Status::Closed);
        check_log(&fixture);
    }

    /// 18: the order in which replies of a group arrive changes nothing that matters.
    #[test]
    fn arrival_order_changes_no_brief_no_tally_and_no_verdict(
        mut config in config(),
        kinds in proptest::collection::vec((0..10_u8, any::<Index>()), 64),
        orders in proptest::collection::vec(any::<Index>(), 400),
    ) {
        config.debate_rules.max_total_tokens = None;
        let kind = |brief: &Brief| {
            let place = brief.label.map_or(0, |label| label.index()) * 7 + usize::from(brief.round) * 13
                + brief.turn.map_or(0, |turn| turn.0 as usize) + usize::from(brief.repair.is_some())
                + if brief.purpose == Purpose::Move { brief.transcript.len() } else { 0 };
            let (kind, choice) = kinds[place % kinds.len()];
            let kind = match kind { 0 => Kind::Unreadable, 1 => Kind::Failed, 2 => Kind::Abstain, 3 => Kind::Bare, _ => Kind::Good };
            (kind, choice)
        };
        // A reply that depends on nothing but its step.
        let say = |brief: &Brief| match (kind(brief), &brief.task) {
            ((Kind::Good, _), CallTask::Opening { .. } | CallTask::Argument { .. }) => ScriptedReply::from(format!("Turn {}.", brief.turn.unwrap().0)),
            ((kind, choice), _) => reply(brief, kind, choice),
        };
        let hold = |mut pick: Box<dyn FnMut(usize) -> usize>| {
            let mut fixture = DebateFixture::started(config.clone());
            let mut open: Vec<Brief> = vec![];
            loop {
                // All that is due begins before any reply: the group stays the same.
                open.extend(fixture.begin_due());
                if open.is_empty() { break; }
                let brief = open.remove(pick(open.len()));
                let said = say(&brief);
                fixture.end(brief.call, said);
            }
            fixture
        };
        let in_order = hold(Box::new(|_| 0));
        let mut draws = orders.into_iter();
        let shuffled = hold(Box::new(move |n| draws.next().map_or(0, |draw| draw.index(n))));
        let verdict = |fixture: &DebateFixture| {
            let mut verdict = (**fixture.debate.verdict().unwrap()).clone();
            verdict.running_ms = 0;
            verdict
        };
        prop_assert_eq!(verdict(&in_order), verdict(&shuffled));
        prop_assert_eq!(in_order.debate.rounds(), shuffled.debate.rounds());
        prop_assert_eq!(in_order.debate.transcript(), shuffled.debate.transcript());
        prop_assert_eq!(by_step(&in_order), by_step(&shuffled));
    }

    /// 26: models that always choose the first listed option elect none.
    #[test]
    fn position_elects_nobody(mode in mode(), k in 2..4_usize, times in 1..4_usize, rounds in 1..4_u8) {
        let texts = ["Yes", "No", "Later"];
        let mut config = in_turns(mode, k * times, &texts[..k]);
        config.max_rounds = rounds;
        let mut fixture = DebateFixture::started(config);
        fixture.hold(|brief| match &brief.task {
            CallTask::Vote(form) => ScriptedReply::from(form.choices[0].id.to_string()),
            _ => "Words.".into(),
        });
        for closed in fixture.debate.rounds() {
            prop_assert!(closed.tally.votes.iter().all(|vote| usize::from(vote.count) == times));
        }
    }

    /// 16 and 17, over ballots alone.
    #[test]
    fn losing_a_vote_never_makes_a_consensus(
        rows in proptest::collection::vec(proptest::collection::vec(0..4_usize, 4), 2),
        lost in 0..4_usize,
        rule in decision_rule(),
        threshold in 0.0..=1.0_f64,
    ) {
        let held = |rows: &[Vec<usize>]| {
            // The run-off's row comes last.
            let rows = [rows, &rows[1..]].concat();
            let text: Vec<String> = rows.iter().map(|row| row.iter().map(|v| ['1', '2', '-', '!'][*v]).collect()).collect();
            let rows: Vec<&str> = text.iter().map(String::as_str).collect();
            let mut config = closed(4, &["Yes", "No"]);
            (config.consensus_threshold, config.max_rounds, config.max_iterations_per_round) = (threshold, 1, 1);
            config.debate_rules.decision_rule = rule;
            let mut fixture = DebateFixture::started(config);
            fixture.hold(crate::fixture::votes(&rows)).clone()
        };
        let before = held(&rows);
        let mut fewer = rows;
        let option = fewer[1][lost];
        fewer[1][lost] = 3;
        let after = held(&fewer);
        if after.outcome == Outcome::Consensus && option < 2 {
            let same = after.leader.map(|leader| leader.place()) == Some(option);
            prop_assert!(!same || before.outcome == Outcome::Consensus);
        }
    }
}

/// Briefs by what they are for: call numbers are in begin order, which is not compared.
fn by_step(fixture: &DebateFixture) -> BTreeMap<String, Brief> {
    let key = |brief: &Brief| {
        let repaired = brief.repair.is_some();
        let Brief { purpose, round, label, turn, seed, .. } = brief;
        format!("{purpose:?}/{round}/{label:?}/{turn:?}/{seed:?}/{repaired}")
    };
    let bare = |brief: &Brief| Brief { call: CallNo(0), ..brief.clone() };
    fixture.briefs.iter().map(|brief| (key(brief), bare(brief))).collect()
}
