// What the server says of a refusal, in both of its formats: RFC 9457 problems and FastAPI's `detail`.

import { ApiProblem } from 'synod/api/problem.js';
import { capital } from 'synod/parts/time.js';

/** @param {Response} response an answer that is not 2xx */
export async function problemOf(response) {
  /** @type {any} */
  let body = null;
  try {
    body = JSON.parse(await response.text());
  } catch {
    // The answer comes from a proxy, or the connection broke: the status says enough.
  }
  return toProblem(response.status, body);
}

/**
 * @param {number} status
 * @param {any} body the parsed answer, null if it is not JSON
 */
export function toProblem(status, body) {
  const listed = Array.isArray(body?.errors) ? body.errors : body?.detail;
  const fields = Array.isArray(listed) ? listed.map(toField) : [];
  let detail = typeof body?.detail === 'string' ? body.detail : '';
  if (!detail && fields.length) {
    detail = fields.length === 1 ? '1 value is wrong' : `${fields.length} values are wrong`;
  }
  return new ApiProblem({
    status,
    title: TITLES[status] || (typeof body?.title === 'string' ? body.title : `Status ${status}`),
    detail: status === 401 ? NO_KEY : capital(detail) || EXPLANATIONS[status] || `The server answered with status ${status}.`,
    fields,
    allowed: Array.isArray(body?.allowed) ? body.allowed : undefined,
    debateStatus: body?.debate_status ?? (typeof body?.status === 'string' ? body.status : undefined),
  });
}

/** @type {Record<number, string>} */
const TITLES = {
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  421: 'Unknown host name',
  422: 'Values are wrong',
  502: 'Bad gateway',
  503: 'Not available',
  507: 'The disk is full',
};

const NO_KEY = 'This server answers only to requests with its key.';

/** @type {Record<number, string>} */
const EXPLANATIONS = {
  502: 'A proxy cannot reach Synod.',
  503: 'The server cannot answer now. Try again in a moment.',
  504: 'A proxy waited too long for Synod.',
};

/** @param {any} error an entry of `errors` or `detail` @returns {import('synod/api/problem.js').FieldProblem} */
function toField(error) {
  /** @type {unknown[]} */
  const loc = Array.isArray(error?.loc) ? error.loc : [];
  const path = ['body', 'query', 'path', 'header'].includes(String(loc[0])) ? loc.slice(1) : loc;
  return { path: path.join('.'), message: toMessage(error) };
}

/** @param {any} error */
function toMessage(error) {
  const ctx = error?.ctx ?? {};
  switch (error?.type) {
    case 'missing':
      return 'This is missing.';
    case 'string_too_short':
      return ctx.min_length === 1 ? 'This is empty.' : `At least ${number(ctx.min_length)} characters.`;
    case 'string_too_long':
      return `At most ${number(ctx.max_length)} characters.`;
    case 'too_short':
      return `At least ${number(ctx.min_length)}; there ${amount(ctx.actual_length)}.`;
    case 'too_long':
      return `At most ${number(ctx.max_length)}; there ${amount(ctx.actual_length)}.`;
    case 'greater_than_equal':
      return `At least ${number(ctx.ge)}.`;
    case 'less_than_equal':
      return `At most ${number(ctx.le)}.`;
    case 'int_parsing':
    case 'int_type':
    case 'int_from_float':
      return 'A whole number is needed.';
    case 'float_parsing':
    case 'float_type':
      return 'A number is needed.';
    case 'string_pattern_mismatch':
      return patternWords(String(ctx.pattern));
    default:
      return sentence(String(error?.msg ?? 'This is wrong.').replace(/^Value error, /, ''));
  }
}

/** What a pattern of this server asks for. @param {string} pattern */
function patternWords(pattern) {
  if (pattern.startsWith('^[A-Za-z0-9]')) return 'Letters, digits, “.”, “_” and “-”, with a letter or digit first.';
  if (/^\^\[\^\\s.*\]\+\$$/.test(pattern)) return 'Without spaces and control characters.';
  if (/^\[\^\\s.*\]$/.test(pattern)) return 'This is empty.';
  return `It has to match ${pattern}`;
}

/** @param {unknown} value */
const number = (value) => (typeof value === 'number' ? value.toLocaleString('en') : String(value));

/** @param {unknown} value */
const amount = (value) => (value === 1 ? 'is 1' : value === 0 ? 'is none' : `are ${number(value)}`);

/** @param {string} text */
function sentence(text) {
  const first = capital(text);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
