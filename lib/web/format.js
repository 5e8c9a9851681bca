// SPDX-License-Identifier: Apache-2.0
// Figures as a person reads them, as the programs' own tables write them.

const whole_number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

// Three significant digits, and a unit.
function three_digits(value, unit) {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

function format_count(count) {
  return whole_number.format(count);
}

function format_duration(seconds) {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return '–';
  if (seconds < 1e-6) return `${Math.round(seconds * 1e9)} ns`;
  if (seconds < 1e-3) return three_digits(seconds * 1e6, 'µs');
  if (seconds < 1) return three_digits(seconds * 1e3, 'ms');
  if (seconds < 60) return three_digits(seconds, 's');
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}m ${whole % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

// The same in few characters, for an axis.
function short_duration(seconds) {
  const [value, unit] =
    seconds < 0.9995e-3 ? [seconds * 1e6, 'µs'] : seconds < 0.9995 ? [seconds * 1e3, 'ms'] : [seconds, 's'];
  return seconds === 0 ? '0' : `${Number(value.toPrecision(3))} ${unit}`;
}

function format_rate(per_second) {
  return per_second < 99.95 ? per_second.toFixed(1) : whole_number.format(per_second);
}

function format_size(octets) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = octets;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? whole_number.format(value) : value.toFixed(1)} ${units[unit]}`;
}

// The same in few characters, for an axis.
function short_size(octets) {
  return format_size(octets).replace('.0 ', ' ');
}

function format_percent(share) {
  const percent = share * 100;
  return `${Math.abs(percent) >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toPrecision(3)} %`;
}

// 12,346 or 12.3k or 4.5M, for an axis.
function short_count(count) {
  const size = Math.abs(count);
  for (const [limit, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ]) {
    if (size >= limit) {
      const unit = letter === 'k' ? 1e3 : limit;
      return `${Number((count / unit).toPrecision(3))}${letter}`;
    }
  }
  return String(Number(count.toPrecision(4)));
}

// Of a time within a run: 12 s, 3:04, 1:02:03.
function format_clock(seconds) {
  const whole = Math.floor(seconds + 1e-9);
  if (whole < 60) return `${Number(seconds.toFixed(2))} s`;
  const two = (value) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// 2026-11-22 03:50:10 UTC
function format_date(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? String(text)
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
