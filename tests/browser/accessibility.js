// What axe-core calls serious, as far as it can be told from the document and its styles:
// a list of [rule, element]. Exceptions, with their reasons, stand in accessibility.py.
() => {
  const found = [];
  const say = (rule, e) => found.push([rule, e.outerHTML.slice(0, 220)]);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const hidden = e => e.closest('[aria-hidden=true], [hidden], [inert]') !== null;
  const shown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && e.getClientRects().length > 0;
  const seen = e => shown(e) && !hidden(e);
  const said = ids => (ids || '').split(/\s+/).filter(Boolean)
    .map(id => document.getElementById(id)?.textContent || '').join(' ').trim();

  // Names: what a screen reader says of a thing to press, fill in, follow or look at.
  const inner = e => [...e.childNodes].map(n => {
    if (n.nodeType === Node.TEXT_NODE) return n.textContent;
    if (n.nodeType !== Node.ELEMENT_NODE || n.getAttribute('aria-hidden') === 'true') return '';
    if (n.matches('style, script')) return '';
    return n.getAttribute('aria-label') || n.getAttribute('alt') || inner(n);
  }).join(' ').trim();
  const name = e => said(e.getAttribute('aria-labelledby')) || e.getAttribute('aria-label')?.trim()
    || (e.labels ? [...e.labels].map(l => l.textContent).join(' ').trim() : '')
    || (e.matches('input, textarea, select') ? '' : inner(e))
    || e.getAttribute('alt')?.trim() || e.getAttribute('title')?.trim();
  const pressed = 'button, a[href], summary, [role=button], [role=link], [role=tab],'
    + ' [role=menuitem], [role=checkbox], [role=radio], [role=switch]';
  const filled = 'input:not([type=hidden]), select, textarea, [role=combobox], [role=textbox],'
    + ' [role=slider], [role=spinbutton]';
  for (const e of all(`${pressed}, ${filled}, iframe, [role=dialog]`))
    if (seen(e) && !name(e)) say('name', e);
  // A sign is a word in a font of signs: as the whole name of a button it says nothing.
  for (const e of all('button, a[href]'))
    if (seen(e) && /^[a-z]+(_[a-z]+)*$/.test(name(e) || '')
      && all('[data-testid=stIconMaterial], [role=img]', e).some(
        i => i.textContent.trim() === name(e) && !i.getAttribute('aria-label')))
      say('name-is-sign', e);
  for (const e of all('img, [role=img], canvas'))
    if (seen(e) && !e.hasAttribute('alt') && !name(e) && e.getAttribute('role') !== 'presentation'
      && !e.closest('button, a')) say('alt', e);

  // The document.
  const root = document.documentElement;
  if (!/^[a-z]{2}/i.test(root.lang)) found.push(['lang', `<html lang="${root.lang}">`]);
  if (!document.title.trim()) found.push(['title', document.title]);
  const viewport = document.querySelector('meta[name=viewport]')?.content || '';
  if (/user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*1\b/.test(viewport))
    found.push(['zoom', viewport]);
  const mains = all('main, [role=main]').filter(seen);
  if (mains.length !== 1) found.push(['main', `${mains.length} main landmarks`]);

  // Headings: one of the first level, none left out on the way down.
  const heads = all('h1, h2, h3, h4, h5, h6').filter(seen).filter(e => !e.closest('[role=dialog]'));
  const levels = heads.map(e => +e.tagName[1]);
  if (levels.filter(l => l === 1).length !== 1) found.push(['h1', `levels ${levels}`]);
  levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) say('heading-order', heads[i]); });

  // Ids: one thing each; what is referred to is there.
  const ids = new Map();
  for (const e of all('[id]')) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, count] of ids) if (count > 1 && id) found.push(['id-twice', `${id} x${count}`]);
  for (const e of all('[aria-labelledby], [for]')) {
    const ref = (e.getAttribute('aria-labelledby') || e.getAttribute('for') || '').split(/\s+/);
    if (seen(e) && ref.filter(Boolean).some(id => !ids.has(id))) say('id-missing', e);
  }

  // The keyboard: what can be pressed can be reached, in the order of the page, and is seen.
  const own = 'a[href], button, input, select, textarea, summary, iframe, [tabindex]';
  for (const e of all('[role=button], [role=link], [role=checkbox], [role=switch]'))
    if (seen(e) && !e.matches(own)) say('no-keyboard', e);
  for (const e of all('[tabindex]')) if (+e.getAttribute('tabindex') > 0) say('tabindex', e);
  for (const e of all(`[aria-hidden=true] :is(${own})`))
    if (shown(e) && e.tabIndex >= 0 && !e.disabled) say('hidden-focus', e);
  for (const e of all('button button, a a, a button, button a, button input')) say('nested', e);

  // Contrast of written words against what is painted behind them.
  const channels = c => {
    const m = c.match(/^rgba?\(([\d.]+),\s*([\d.]+),\s*([\d.]+)(?:,\s*([\d.]+))?\)$/);
    if (m) return [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : +m[4]];
    const s = c.match(/^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/);
    return s ? [s[1] * 255, s[2] * 255, s[3] * 255, s[4] === undefined ? 1 : +s[4]] : null;
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]))
    .concat(1);
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const behind = e => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none') return null;
      const color = channels(style.backgroundColor);
      if (color && color[3] > 0) layers.push(color);
      if (color && color[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || judged.has(e) || e.closest('svg, style, script, noscript'))
      continue;
    judged.add(e);
    if (!seen(e) || e.closest(':disabled, [aria-disabled=true]')) continue;
    const style = getComputedStyle(e), below = behind(e);
    let ink = channels(style.color);
    if (!below || !ink) continue;
    let opacity = 1;
    for (let at = e; at; at = at.parentElement) opacity *= +getComputedStyle(at).opacity;
    ink = over([ink[0], ink[1], ink[2], ink[3] * opacity], below);
    const size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
    const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const is = ratio(ink, below);
    if (is < least - 0.005)
      found.push(['contrast', `${is.toFixed(2)} of ${least}: ${e.outerHTML.slice(0, 180)}`]);
  }
  return found;
}
