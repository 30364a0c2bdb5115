// Questions for the curious.

/** @type {{ question: string, options: string[] }[]} */
export const EXAMPLES = [
  { question: 'Should a small town close its centre to cars?', options: ['Close it', 'Keep it open'] },
  {
    question: 'Which database should a two-person team choose for its first product?',
    options: ['SQLite', 'PostgreSQL', 'A hosted document store'],
  },
  { question: 'What should a school do about chatbots in homework?', options: [] },
];
