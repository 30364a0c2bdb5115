// What the form holds, and the request that it stands for. No DOM.

export const QUESTION_BYTES = 4096;
export const CONTEXT_BYTES = 65_536;
export const MAX_OPTIONS = 6;
export const MAX_AGENTS = 16;
const OPTION_CHARS = 160;

/**
 * The least and the most of each number, in the unit of the form.
 *
 * @type {Record<string, { min: number, max: number, isFraction?: boolean }>}
 */
export const LIMITS = {
  rounds: { min: 1, max: 20 },
  passes: { min: 1, max: 10 },
  threshold: { min: 0, max: 100, isFraction: true },
  minRounds: { min: 0, max: 20 },
  timeLimit: { min: 10, max: 300 },
  maxTokens: { min: 32, max: 4096 },
  budget: { min: 1000, max: 100_000_000 },
  deadline: { min: 1, max: 1440, isFraction: true },
  seed: { min: 0, max: 2_147_483_647 },
};

/**
 * @typedef {'structured' | 'freeform' | 'autonomous'} Mode
 * @typedef {'plurality' | 'majority'} DecisionRule
 *
 * @typedef {object} Draft Numbers are kept as they are typed; `` is the default of the server.
 * @property {string} question
 * @property {string} context
 * @property {boolean} closed whether the answers are listed
 * @property {string[]} options
 * @property {string[]} agents the participants, in their order
 * @property {Mode} mode
 * @property {string} rounds
 * @property {string} passes
 * @property {string} threshold in percent
 * @property {DecisionRule} rule
 * @property {string} minRounds
 * @property {string} moderator
 * @property {string} judge
 * @property {boolean} runOff
 * @property {string} timeLimit seconds of a call
 * @property {string} maxTokens
 * @property {string} budget tokens of all calls
 * @property {string} deadline minutes
 * @property {string} seed
 */

/** A new draft, with the defaults of `synod debate`: a person waits for the verdict. @returns {Draft} */
export function newDraft() {
  return {
    question: '',
    context: '',
    closed: false,
    options: ['', ''],
    agents: [],
    mode: 'structured',
    rounds: '3',
    passes: '1',
    threshold: '80',
    rule: 'plurality',
    minRounds: '1',
    moderator: '',
    judge: '',
    runOff: true,
    timeLimit: '60',
    maxTokens: '400',
    budget: '',
    deadline: '',
    seed: '',
  };
}

/**
 * The draft with the defaults that the server is configured with.
 *
 * @param {Draft} draft
 * @param {any} defaults `defaults` of `GET /api/v1/page`, if the server sends it
 * @returns {Draft}
 */
export function withDefaults(draft, defaults) {
  return defaults && typeof defaults === 'object' ? { ...draft, ...rulesOf(defaults) } : draft;
}

/**
 * The rules of a configuration as the form holds them, without question, context and options.
 *
 * @param {any} config a `DebateConfig`, or a part of one
 * @returns {Partial<Draft>}
 */
export function rulesOf(config) {
  const rules = config.debate_rules ?? config;
  /** @type {Record<string, unknown>} */
  const found = {
    mode: config.debate_mode,
    rounds: typed(config.max_rounds),
    passes: typed(config.max_iterations_per_round),
    threshold: typed(percentOf(config.consensus_threshold)),
    timeLimit: typed(config.time_limit_per_argument),
    rule: rules.decision_rule,
    minRounds: typed(rules.min_rounds),
    moderator: rules.moderator,
    judge: rules.judge,
    runOff: rules.run_off,
    maxTokens: typed(rules.max_tokens_per_turn),
    budget: typed(rules.max_total_tokens),
    deadline: typed(typeof rules.deadline_seconds === 'number' ? rules.deadline_seconds / 60 : undefined),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && value !== null));
}

/** To four digits: 66.6667 % of three is two, and 66.67 % is three. @param {unknown} value */
const typed = (value) => (typeof value === 'number' ? String(Math.round(value * 1e4) / 1e4) : undefined);

/** @param {unknown} share */
const percentOf = (share) => (typeof share === 'number' ? share * 100 : undefined);

/**
 * The body of `POST /api/v1/debates`. What is no number is sent as it is: the server says what is wrong.
 *
 * @param {Draft} draft
 */
export function toRequest(draft) {
  /** @type {Record<string, unknown>} */
  const rules = {
    decision_rule: draft.rule,
    run_off: draft.runOff,
    min_rounds: toNumber(draft.minRounds),
    max_tokens_per_turn: toNumber(draft.maxTokens),
    max_total_tokens: toNumber(draft.budget),
    deadline_seconds: toNumber(draft.deadline, (minutes) => Math.round(minutes * 60)),
    seed: toNumber(draft.seed),
    judge: draft.judge || undefined,
    moderator: draft.mode === 'autonomous' ? draft.moderator || undefined : undefined,
  };
  if (draft.closed) rules.options = listedOptions(draft).map(({ text }) => text);
  return present({
    debate_topic: draft.question.trim(),
    problem_statement: draft.context.trim(),
    debate_mode: draft.mode,
    max_rounds: toNumber(draft.rounds),
    max_iterations_per_round: toNumber(draft.passes),
    consensus_threshold: toNumber(draft.threshold, (percent) => percent / 100),
    time_limit_per_argument: toNumber(draft.timeLimit),
    selected_agents: draft.agents,
    debate_rules: present(rules),
  });
}

/** @param {Record<string, unknown>} object */
const present = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/**
 * @param {string} text
 * @param {(value: number) => number} [convert]
 */
function toNumber(text, convert = (value) => value) {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? convert(value) : trimmed;
}

/** The answers that are not blank, with their places in the form. @param {Draft} draft */
function listedOptions({ options }) {
  return options
    .map((text, index) => ({ text: text.trim(), index }))
    .filter(({ text }) => text !== '');
}

/**
 * What the server would refuse, found without asking it. It has the last word on everything else.
 *
 * @param {Draft} draft
 * @returns {Record<string, string>} messages by field
 */
export function problemsOf(draft) {
  /** @type {Record<string, string>} */
  const problems = {};
  if (bytesOf(draft.question.trim()) > QUESTION_BYTES) problems.question = 'The question is longer than 4,096 bytes.';
  if (bytesOf(draft.context.trim()) > CONTEXT_BYTES) problems.context = 'The context is longer than 65,536 bytes.';
  for (const [field, { min, max, isFraction }] of Object.entries(LIMITS)) {
    const text = String(draft[/** @type {keyof Draft} */ (field)]).trim();
    const value = Number(text);
    if (text === '') continue;
    if (!Number.isFinite(value)) problems[field] = 'A number is needed.';
    else if (value < min) problems[field] = `At least ${min.toLocaleString('en')}.`;
    else if (value > max) problems[field] = `At most ${max.toLocaleString('en')}.`;
    else if (!isFraction && !Number.isInteger(value)) problems[field] = 'A whole number is needed.';
  }
  return draft.closed ? { ...problems, ...optionProblems(draft) } : problems;
}

/** @param {Draft} draft */
function optionProblems(draft) {
  const listed = listedOptions(draft);
  /** @type {Record<string, string>} */
  const problems = {};
  if (listed.length < 2) problems.options = 'List two options or more.';
  const seen = new Set();
  for (const { text, index } of listed) {
    const same = text.toLowerCase();
    if (tooLong(text)) problems[`options.${index}`] = tooLong(text);
    else if (seen.has(same)) problems[`options.${index}`] = 'This is the same answer as another.';
    seen.add(same);
  }
  return problems;
}

/** @type {Record<string, keyof Draft>} */
const FIELDS = {
  debate_topic: 'question',
  problem_statement: 'context',
  debate_mode: 'mode',
  max_rounds: 'rounds',
  max_iterations_per_round: 'passes',
  consensus_threshold: 'threshold',
  time_limit_per_argument: 'timeLimit',
  selected_agents: 'agents',
  'debate_rules.options': 'options',
  'debate_rules.decision_rule': 'rule',
  'debate_rules.min_rounds': 'minRounds',
  'debate_rules.moderator': 'moderator',
  'debate_rules.judge': 'judge',
  'debate_rules.run_off': 'runOff',
  'debate_rules.max_tokens_per_turn': 'maxTokens',
  'debate_rules.max_total_tokens': 'budget',
  'debate_rules.deadline_seconds': 'deadline',
  'debate_rules.seed': 'seed',
};

/**
 * Sorts the problems of a refused request by the fields of the form: `options` is the list of answers,
 * `options.2` its third answer. Problems without a field are under ``.
 *
 * @param {Draft} draft what was sent
 * @param {{ path: string, message: string }[]} problems
 * @returns {Record<string, string>}
 */
export function byField(draft, problems) {
  /** @type {Record<string, string>} */
  const messages = {};
  for (const { path, message } of problems) {
    const field = fieldOf(draft, path);
    const text = field === '' && path !== '' ? `${path}: ${message}` : message;
    messages[field] = messages[field] ? `${messages[field]} ${text}` : text;
  }
  return messages;
}

/**
 * @param {Draft} draft
 * @param {string} path
 */
function fieldOf(draft, path) {
  const option = /^debate_rules\.options\.(\d+)$/.exec(path);
  if (option) {
    const listed = listedOptions(draft)[Number(option[1])];
    return listed ? `options.${listed.index}` : 'options';
  }
  const whole = path.replace(/\.\d+$/, '');
  return FIELDS[path] ?? FIELDS[whole] ?? '';
}

/** What is wrong with an option that is too long; `` of others. The server counts characters. @param {string} text */
export function tooLong(text) {
  const { length } = Array.from(text.trim());
  return length > OPTION_CHARS ? `The option has ${length} characters; the limit is ${OPTION_CHARS}.` : '';
}

/** Bytes of a text as the server counts them. @param {string} text */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}
