// Smaller debates of the same cast, beside the story.

import { CAST, MODELS, QUESTION, story } from './story.mjs';

const IDS = Object.keys(CAST);

/** By question: the options, what each of the cast says, and its choices by ballot. */
export const TOPICS = {
  'Which database should a new service begin with?': {
    options: ['PostgreSQL', 'SQLite', 'The one the team knows'],
    said: {
      ada: 'A server that somebody must run costs two days a month. A file costs nothing until it is too small, and moving is a week of work.',
      bruno: 'I would take the one that my people can mend at night. A clever choice that nobody knows is paid for at the worst hour.',
      chen: 'Measured here: 4,000 writes a second from one process with a file, 11,000 with a server. The service expects forty.',
      dalia: 'What can be restored matters more than what is fast. Both have backups; only one of them is tested every week in this house.',
      emil: 'Start with what is boring. The passengers do not ask what the timetable is stored in.',
    },
    votes: { ada: [1], bruno: [2], chen: [1, 1], dalia: [0], emil: [2, 2] },
  },
  'May a school use language models to mark essays?': {
    options: ['No', 'Only beside a teacher\'s mark'],
    said: {
      ada: 'Marking takes a teacher six hours a week. A second reading by a model costs cents and finds what a tired reader misses.',
      bruno: 'A pupil has a right to a reader who can be asked why. With a teacher\'s mark beside it I see no harm.',
      chen: 'Agreement with two human markers is 0.7, about that of the two with each other, and lower for pupils who write in a second language.',
      dalia: 'The error is not spread evenly, and that is the harm. Beside a mark, never instead of one.',
      emil: 'My daughter learnt most from the red line under one sentence and the talk after it.',
    },
    votes: { ada: [1], bruno: [0, 1], chen: [1], dalia: [1], emil: [0] },
  },
  'Should the library open on Sundays?': {
    options: ['Yes', 'No', 'Every second Sunday'],
    said: {
      ada: 'Two people on Sundays cost 31,000 a year. That is as much as the books that are bought in a year.',
      bruno: 'On Sundays the square is empty. An open door there brings people past my window.',
      chen: 'In four towns that opened on Sundays, a third of all visits moved to that day, and most of those visitors were new.',
      dalia: 'A warm room that asks nobody to buy anything is worth more on a Sunday than on any other day.',
      emil: 'There is no bus on Sundays before ten. Open at eleven, and I bring them.',
    },
    votes: { ada: [2], bruno: [0], chen: [0], dalia: [0], emil: [0] },
  },
  'Is a four-day week worth a tenth of the pay?': {
    options: ['Yes', 'No'],
    said: Object.fromEntries(IDS.map((id) => [id, 'It depends on whether the work is done in four days or only paid for in four.'])),
    votes: Object.fromEntries(IDS.map((id, i) => [id, [i % 2]])),
  },
};

/** Replies of the cast to the story's question and to these. */
export const replies = (every = {}) => {
  const told = story(every);
  return (call) => {
    const question = Object.keys(TOPICS).find((asked) => call.prompt.includes(asked));
    if (!question || call.prompt.includes(QUESTION)) return told(call);
    const { options, said, votes } = TOPICS[question];
    const id = IDS[MODELS.indexOf(call.model)];
    if (call.purpose !== 'ballot') return { ...every, text: call.nth === 0 ? said[id] : `${said[id]} I have heard the others, and this is what weighs most with me.` };
    const plan = votes[id];
    const choice = options[plan[Math.min(call.nth, plan.length - 1)]];
    const moved = call.moved.filter((s) => s !== 'none');
    return { text: JSON.stringify({ choice, confidence: 0.75, moved_by: call.moved.length ? (call.nth > 0 && plan.length > 1 ? moved.at(-1) : 'none') : undefined }) };
  };
};
