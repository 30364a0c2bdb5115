// A request that failed.

/**
 * @typedef {object} FieldProblem
 * @property {string} path the field with dots, as `debate_rules.options.1`; `` for the whole body
 * @property {string} message a sentence without the name of the field
 *
 * @typedef {object} ProblemParts
 * @property {number} status
 * @property {string} title
 * @property {string} detail
 * @property {FieldProblem[]} [fields]
 * @property {string[]} [allowed] the control actions that the status of the debate allows
 * @property {string} [debateStatus]
 * @property {unknown} [cause]
 */

/** A request that the server refused, or that did not reach it (`status` 0). */
export class ApiProblem extends Error {
  /** @param {ProblemParts} parts */
  constructor({ status, title, detail, fields = [], allowed, debateStatus, cause }) {
    super(detail || title, { cause });
    this.name = 'ApiProblem';
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.fields = fields;
    /** @type {string[] | undefined} */
    this.allowed = allowed;
    /** @type {string | undefined} */
    this.debateStatus = debateStatus;
  }

  /** What was thrown, as a problem. @param {unknown} error */
  static of(error) {
    return error instanceof ApiProblem ? error : new ApiProblem({ status: -1, title: 'Fault of this page', detail: String(error), cause: error });
  }

  /** Whether the same request may succeed later without a change. */
  get isTransient() {
    return [0, 408, 429, 502, 503, 504].includes(this.status);
  }
}
