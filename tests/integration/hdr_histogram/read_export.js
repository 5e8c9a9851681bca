// SPDX-License-Identifier: Apache-2.0
// usage: read_export.js FOLDER: what HdrHistogram itself finds in run.hlog, as JSON: for each tag the counts of all its
// intervals by the lowest value of their place (in microseconds), and the percentile table that it would write.
const fs = require('fs');
const path = require('path');
const hdr = require('hdr-histogram-js');

const text = fs.readFileSync(path.join(process.argv[2], 'run.hlog'), 'utf8');
const reader = new hdr.HistogramLogReader(text);
const tags = {};
for (let part = reader.nextIntervalHistogram(); part; part = reader.nextIntervalHistogram()) {
  const tag = tags[part.tag] ??= { intervals: [], whole: hdr.build({
    lowestDiscernibleValue: 1, highestTrackableValue: 600000000, numberOfSignificantValueDigits: 2 }) };
  tag.intervals.push([part.startTimeStampMsec, part.endTimeStampMsec, part.totalCount]);
  tag.whole.add(part);
}
const found = {};
for (const [name, { intervals, whole }] of Object.entries(tags)) {
  const counts = [];
  const places = whole.recordedValuesIterator;
  places.reset();
  while (places.hasNext()) {
    const place = places.next();
    counts.push([whole.lowestEquivalentValue(place.valueIteratedTo), place.countAtValueIteratedTo]);
  }
  found[name] = { intervals, counts, table: whole.outputPercentileDistribution(5, 1) };
}
console.log(JSON.stringify(found));
