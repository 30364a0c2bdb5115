// A debate as people would have one, for tests that read it and for the pictures.

/** @typedef {import('./host.mjs').Call} Call @typedef {import('./host.mjs').Reply} Reply */

export const QUESTION = 'Should a small town close its centre to cars?';
export const CONTEXT = '8,000 people, one through road, a weekly market. The shops fear for their trade.';
export const OPTIONS = ['Yes, close it', 'No, keep it open', 'Close it on market days'];

/** Agents by id; each has a model of its own, so that the host knows who asks. */
export const CAST = {
  ada: { name: 'Ada Lindqvist', expertise: 'an economist who counts what things cost', voice: 'plainly, with numbers', model: 'granite:8b' },
  bruno: { name: 'Bruno Okafor', expertise: 'a shopkeeper who knows what customers do', voice: 'from experience', model: 'mistral:7b' },
  chen: { name: 'Chen Wei', expertise: 'a traffic engineer who asks what was measured', voice: 'precisely', model: 'qwen:8b' },
  dalia: { name: 'Dalia Haddad', expertise: 'a physician who asks what does harm', voice: 'calmly', model: 'llama:8b' },
  emil: { name: 'Emil Novak', expertise: 'a bus driver who thinks of those who cannot walk far', voice: 'bluntly', model: 'gemma:9b' },
};

export const MODELS = Object.values(CAST).map((agent) => agent.model);

const OPENINGS = {
  ada: `Answer: Close it on market days

Closing for good is a bet that cannot be taken back cheaply: bollards and a new through road cost about two million, a third of the town's yearly budget. A closure on market days costs a few signs and two wardens. It shows within a year whether turnover falls or rises, and the council keeps its choice.`,
  bruno: `Answer: No, keep it open

Half of my customers come from the villages around, and there is no bus after six. If they cannot stop within a hundred metres of the door, they drive on to the retail park. I have seen it in two towns nearby: first the butcher closed, then the baker, then the bank.`,
  chen: `Answer: Yes, close it

Three things are known from counts in comparable towns:

1. Through traffic is 60 to 70 % of all cars in such a centre. It buys nothing.
2. After a closure about a fifth of the traffic *disappears* instead of moving elsewhere.
3. Footfall rises by 20 to 30 % within two years, **if** there is parking within 300 metres.`,
  dalia: `Answer: Yes, close it

The through road carries lorries past a school and a care home. Fine particles at the crossing exceed the guideline on every second day. Two children were hurt there last year. I would not wait for a pilot to learn what we already know.`,
  emil: `Answer: No, keep it open

People who need a stick cannot carry their shopping to a car park outside the walls. Nobody asked them. As long as my bus stops at the church and may drive through, we can talk; a closure that shuts out the bus as well is one that I vote against.`,
};

const ARGUMENTS = [
  {
    ada: 'Chen\'s figures hold for towns with parking near the walls; ours has 90 spaces for 240 cars at noon. Until the field behind the station is paved, footfall will fall first. That is what a pilot on market days would show, at a fiftieth of the price.',
    bruno: 'I accept that most cars only drive through. They are not my customers. But the others are, and they decide in a minute whether they stop. What would change my mind is a space to load, and a bus that runs until eight.',
    chen: 'Bruno names the two customers of a street and mixes them up: *those who pass* and *those who stop*. A closure takes away the first and leaves the second a walk of three minutes. The survey of his own street found that 71 % came on foot or by bicycle.',
    dalia: 'A pilot on market days is one day in seven. It leaves six days of lorries at the school. If cost is the worry, close only the stretch from the school to the church: it is 300 metres, and the detour exists already.',
    emil: 'If the bus may pass and four spaces for the disabled stay by the church, I have no quarrel with closing it. What I heard from Dalia about the crossing weighs more than my timetable.',
  },
  {
    ada: 'The short stretch changes the sum: no new road is needed, so that it costs 140,000 and not two million. With the bus let through, the risk is small and it can be undone in an afternoon. I would vote for that.',
    bruno: 'I still fear the first winter. But if loading is allowed until ten and the car park behind the station comes first, I can live with trying it. I shall say so to the other shops, and I shall count.',
    chen: 'Then measure from the first day: counters at both ends, turnover of ten shops, air at the crossing. With those three series nobody has to believe me.',
    dalia: 'Exceptions for the bus, for deliveries until ten and for the disabled answer what was said here in earnest. What is left is habit, and habit is no reason to breathe lorries.',
    emil: 'Agreed, with the four spaces written into the plan and not promised.',
  },
];

/** Choices by ballot (0 is the blind one), with the speaker whose last statement moved the voter. */
const BALLOTS = {
  ada: [[2, 0.75], [2, 0.75], [0, 0.75, 'dalia']],
  bruno: [[1, 1], [1, 0.5], [1, 0.5]],
  chen: [[0, 1], [0, 1], [0, 1]],
  dalia: [[0, 1], [0, 1], [0, 1]],
  emil: [[1, 0.75], [0, 0.5, 'dalia'], [0, 0.75]],
};

const THOUGHT = 'The road goes past the school. What would I say to a father who asks why we waited? But the cost has to be said first.';

const idOf = (model) => /** @type {keyof typeof CAST} */ (Object.keys(CAST).find((id) => CAST[id].model === model));

/**
 * Replies of the cast. A ballot names a statement only if the prompt allows it.
 *
 * @param {Partial<Reply>} every
 * @returns {(call: Call) => Reply}
 */
export const story = (every = {}) => (call) => {
  const id = idOf(call.model);
  const thought = id === 'dalia' && call.purpose === 'argument' ? THOUGHT : '';
  switch (call.purpose) {
    case 'opening':
      // Only an open question asks for an answer in the first line.
      return { ...every, text: call.prompt.includes(OPTIONS[2]) ? OPENINGS[id].replace(/^Answer: .*\n\n/, '') : OPENINGS[id] };
    case 'argument':
      return { thought, ...every, text: ARGUMENTS[call.nth % ARGUMENTS.length][id] };
    case 'ballot':
      return { pace: every.pace, text: ballot(id, call) };
    case 'clerk':
      return { ...every, text: JSON.stringify({ options: OPTIONS }) };
    case 'move':
      return { ...every, text: JSON.stringify({ move: enumFirst(call) }) };
  }
};

function ballot(id, call) {
  const plan = BALLOTS[id];
  const [option, confidence, mover] = plan[Math.min(call.nth, plan.length - 1)];
  const choice = call.choices.includes(OPTIONS[option]) ? OPTIONS[option] : call.choices[0];
  const reply = { choice, confidence };
  if (call.moved.length) reply.moved_by = moved(mover, call);
  return JSON.stringify(reply);
}

/** The latest statement of that speaker which the voter may name. */
function moved(mover, call) {
  if (!mover) return 'none';
  const letter = String.fromCharCode(65 + Object.keys(CAST).indexOf(mover));
  const spoken = [...call.prompt.matchAll(/\[Speaker (\w), statement (\d+)\]/g)].filter(([, by]) => by === letter);
  const named = spoken.map(([, , n]) => `S${n}`).filter((s) => call.moved.includes(s));
  return named.at(-1) ?? 'none';
}

const enumFirst = (call) => call.schema?.properties?.move?.enum?.[0] ?? 'call_vote';

/** The request body of the debate. */
export const debate = (more = {}) => {
  const { debate_rules, ...rest } = more;
  return {
    debate_topic: QUESTION,
    problem_statement: CONTEXT,
    debate_mode: 'structured',
    max_rounds: 2,
    max_iterations_per_round: 1,
    selected_agents: Object.keys(CAST),
    debate_rules: { options: OPTIONS, min_rounds: 1, seed: 7, ...debate_rules },
    ...rest,
  };
};
