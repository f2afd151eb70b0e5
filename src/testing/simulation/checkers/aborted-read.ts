// No handler is given, and no reader sees, a record that is not committed in the end.

import { partitionKey } from '../../../core/ids.js';
import type { Place } from '../work.js';
import type { Checker } from './checker.js';

export const abortedRead: Checker = {
  name: 'aborted read',
  *check(history) {
    const committed = new Map<string, ReadonlySet<string>>();
    const isCommitted = (place: Place): boolean => {
      let places = committed.get(place.topic);
      if (places === undefined)
        committed.set(place.topic, (places = new Set(history.records(place.topic).map(placeText))));
      return places.has(placeText(place));
    };
    for (const handled of history.handled)
      if (!isCommitted(handled)) yield `${handled.instance} was given ${placeText(handled)}, which is not committed`;
    for (const seen of history.seen)
      if (!isCommitted(seen)) yield `a reader saw ${placeText(seen)} at ${seen.atMs} ms, which is not committed`;
  },
};

function placeText(place: Place): string {
  return `${partitionKey(place)}@${place.offset}`;
}
