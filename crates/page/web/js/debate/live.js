// What only a debate that goes on shows, or is replayed.

export { Announcer } from 'synod/debate/announcer.js';
export { Controls } from 'synod/debate/controls.js';
export { Floor } from 'synod/debate/floor.js';
export { Follow } from 'synod/debate/follow.js';
export { Seats } from 'synod/debate/seats.js';
