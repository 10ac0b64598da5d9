'use strict'
// @ts-check
// The page in a real browser: no request, no error, names that stay text, a walk by keyboard, widths, and 10,000
// findings. Needs Chromium (LEAKGUARD_CHROMIUM or the usual places) and skips without.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { after, before, describe, test } = require('node:test')
const { LeakReport } = require('leakguard')
const { launch, noChromium } = require('../support/chromium.js')
const { HOSTILE, full, hostile, large, sample } = require('./sample.js')

const LARGE = 10_000

describe('the page in Chromium', { skip: noChromium }, () => {
  /** @type {any} */
  let browser
  let folder = ''

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-browser-'))
    const reports = {
      sample: sample(),
      full: full(),
      hostile: hostile(),
      large: large(LARGE),
      single: { ...sample(), findings: sample().findings.slice(0, 1) },
      clean: {
        schemaVersion: 2,
        verdict: 'clean',
        findings: [],
        examined: [{ text: '3 heap snapshots', what: 'heap', at: '2026-11-29T12:00:00.000Z' }]
      }
    }
    for (const [name, report] of Object.entries(reports))
      fs.writeFileSync(path.join(folder, `${name}.html`), LeakReport.from(report).render('html'))
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  /**
   * What happens on a page: `complaints` are all messages of its console, errors and requests but that for the file.
   * @param {string} name @param {object} [options] @returns {Promise<{ page: any, complaints: string[] }>}
   */
  async function open(name, options = {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
    /** @type {string[]} */
    const complaints = []
    const url = pathToFileURL(path.join(folder, `${name}.html`)).href
    page.on('console', (/** @type {any} */ message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (/** @type {Error} */ error) => complaints.push(String(error)))
    page.on('request', (/** @type {any} */ request) => {
      if (request.url() !== url && request.url() !== 'data:,') complaints.push(`request: ${request.url()}`)
    })
    await page.goto(url)
    await page.waitForSelector('footer')
    return { page, complaints }
  }

  /** @param {any} page @returns {Promise<string>} what is selected in the table of findings */
  const selected = (page) => page.textContent('#findings [aria-selected="true"] .where')

  for (const name of ['sample', 'full', 'single', 'clean', 'hostile', 'large']) {
    test(`makes no request and says nothing to the console: ${name}`, async () => {
      const { page, complaints } = await open(name)
      await page.mouse.move(600, 500)
      assert.deepEqual(complaints, [])
      await page.close()
    })
  }

  test('begins with the verdict and the line to change', async () => {
    const { page } = await open('sample')
    assert.equal(await page.textContent('.badge'), 'leaking')
    assert.equal(await page.textContent('#change h2'), 'The lines to change')
    assert.match(await page.textContent('#change li:first-child .line'), /src\/sessions\.js:8$/)
    assert.match(await page.textContent('#change li:first-child .fix'), /^Fix\. Delete entries/)
    const top = await page.evaluate(() => document.querySelector('#change li .line')?.getBoundingClientRect().bottom)
    assert.ok(top < 450, `the line stands ${top} px down`)
    await page.close()
  })

  for (const [width, height] of [
    [1280, 900],
    [400, 900]
  ])
    test(`line, code, cause and fix are seen without scrolling, ${width} px wide`, async () => {
      const { page } = await open('full', { viewport: { width, height } })
      const bottom = (/** @type {string} */ part) =>
        page.evaluate((/** @type {string} */ at) => document.querySelector(at)?.getBoundingClientRect().bottom, part)
      for (const part of ['.line', '.words p', '.fix', '.codeline.marked'])
        assert.ok((await bottom(`#change li:first-child ${part}`)) < height, part)
      assert.equal(await page.textContent('#change li:first-child .codeline.marked code'), 'const sessions = new Map()')
      assert.equal(await page.locator('#change li:first-child .codeline').count(), 5)
      await page.close()
    })

  test('the header tells what the report is of, in a line and in full', async () => {
    const { page } = await open('full')
    assert.match(
      await page.textContent('.about summary'),
      /^shop\.js, pid 42 on web-1, Node 24\.1\.0, commit ab4d3abad0,/
    )
    await page.click('.about summary')
    assert.match(await page.innerText('.about dl'), /Command\s+node src\/shop\.js --port 80/)
    await page.close()
  })

  test("the line to change is the program's own; the package's stands beside it, what has none below", async () => {
    const { page } = await open('full')
    assert.match(await page.textContent('#change li:nth-child(2) .line'), /src\/flags\.js:3$/)
    assert.match(
      await page.textContent('#change li:nth-child(2) .what'),
      /in a package: \S*node_modules\/bus\/index\.js:5/
    )
    assert.equal(await page.locator('#change > ol > li').count(), 3)
    assert.equal(await page.textContent('#signs .line'), 'JavaScript heap')
    await page.close()
  })

  test('a plot stands with its finding, and what is of none shares one', async () => {
    const { page } = await open('full')
    assert.equal(await page.locator('#change li:nth-child(2) canvas').count(), 1)
    assert.equal(await page.locator('#signs canvas').count(), 1)
    assert.equal(await page.locator('#series canvas').count(), 1)
    assert.match(await page.textContent('#series .legend'), /memory outside of the heap.*resident memory/)
    assert.match(await page.textContent('#signs .legend'), /major GC.*onset.*memory limit/)
    assert.match(await page.textContent('#change li:nth-child(2) .legend'), /major GC.*heap captured/)
    await page.close()
  })

  test('what was seen for seconds is told by the second, what was seen for days by the hour', async () => {
    const { page } = await open('full')
    assert.match(await page.innerText('#change li:nth-child(2) .rates'), /233 in 12 s[\s\S]*20 a second/)
    assert.match(await page.innerText('#signs .rates'), /1\.1 MB an hour/)
    await page.close()
  })

  test('steps inside of Node are folded, and those of the program are not', async () => {
    const { page } = await open('full')
    const more = '#change li:nth-child(2) .more'
    assert.match(await page.textContent(`${more} summary`), /bus › … › function onChange$/)
    await page.click(`${more} summary`)
    assert.equal(await page.textContent(`${more} .folded summary`), '2 steps inside Node.js')
    assert.equal(await page.isVisible(`${more} .folded li`), false)
    await page.click(`${more} .folded summary`)
    assert.equal(await page.isVisible(`${more} .folded li`), true)
    await page.close()
  })

  test('tables tell what leaks, what should be gone, what may explain memory, and names as people call them', async () => {
    const { page } = await open('full')
    assert.match(await page.innerText('#leaked'), /Session\s+Map 'sessions'|Session\s+.*sessions/)
    assert.match(await page.innerText('#leaked'), /\+10,000\s+10,000 \(3\.0 MB\)/)
    assert.match(await page.innerText('#lifecycles'), /server request\s+2,736/)
    assert.match(await page.innerText('#rungs'), /Two censuses of objects[\s\S]*no: explain: 'auto'/)
    assert.match(await page.innerText('#counts'), /'end' listeners on Socket/)
    assert.match(await page.innerText('#counts'), /wake-up counters of event loops/)
    assert.equal(await page.locator('.box.leak').count(), 1)
    assert.match(await page.innerText('.classes'), /Class1\s+10\s+−1\s+−1\.0 KB\s+Class2\s+20\s+\+6\s+\+2\.0 KB/)
    await page.close()
  })

  for (const name of ['full', 'single', 'clean', 'hostile', 'large'])
    for (const colorScheme of name === 'full' ? ['light', 'dark'] : ['light'])
      test(`axe finds nothing that keeps people out: ${name}, ${colorScheme}`, async () => {
        const { page } = await open(name, { colorScheme })
        await page.evaluate(() => {
          for (const one of document.querySelectorAll('details')) one.open = true
        })
        await page.evaluate(fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
        const { violations } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')
        const told = violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].html}`)
        assert.deepEqual(told, [])
        await page.close()
      })

  test('on paper all is open, and there is nothing to click', async () => {
    const { page, complaints } = await open('full')
    await page.emulateMedia({ media: 'print' })
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert.equal(await page.locator('details:not([open])').count(), 0)
    assert.equal(await page.isVisible('.quiet'), false)
    assert.ok((await page.pdf()).length > 10_000)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert.equal(await page.locator('details[open]').count(), 0)
    assert.deepEqual(complaints, [])
    await page.close()
  })

  test('names of the program are text: nothing of them runs, and all of them can be read', async () => {
    const { page, complaints } = await open('hostile')
    for (let i = 0; i < HOSTILE.length; i++) {
      await page.focus('#findings .view')
      await page.keyboard.press(i === 0 ? 'Home' : 'ArrowDown')
      // Half of a pair comes out of a browser as something else.
      const readable = HOSTILE[i].replace(/[\ud800-\udfff]/gu, '')
      assert.ok((await page.textContent('.pane .fix')).includes(readable), HOSTILE[i])
    }
    await page.hover('.icicle .box:nth-child(2)')
    assert.equal(await page.evaluate('window.owned'), undefined)
    assert.equal(
      await page.evaluate("document.querySelectorAll('img, svg, script:not([id]) ~ script, iframe, a').length"),
      0
    )
    assert.deepEqual(complaints, [])
    await page.close()
  })

  test('a script that gets into the page would not run: the policy forbids it', async () => {
    const { page, complaints } = await open('sample')
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.owned = 1'
      document.body.append(script)
      document.body.setAttribute('onclick', 'window.owned = 2')
      document.body.click()
    })
    assert.equal(await page.evaluate('window.owned'), undefined)
    assert.ok(
      complaints.some((line) => /Content Security Policy/.test(line)),
      complaints.join('\n')
    )
    await page.close()
  })

  test('findings: arrows walk, Home and End jump, Enter stays, / goes to the filter, a head sorts', async () => {
    const { page, complaints } = await open('large')
    await page.focus('#findings .view')
    const first = await selected(page)
    await page.keyboard.press('ArrowDown')
    const second = await selected(page)
    assert.notEqual(second, first)
    await page.keyboard.press('End')
    assert.equal(await page.getAttribute('#findings [aria-selected="true"]', 'aria-rowindex'), String(LARGE + 1))
    await page.keyboard.press('Home')
    assert.equal(await selected(page), first)
    await page.keyboard.press('PageDown')
    assert.notEqual(await selected(page), first)
    await page.keyboard.press('/')
    assert.equal(await page.evaluate("document.activeElement?.getAttribute('aria-label')"), 'Filter findings')
    await page.keyboard.type('module42.js')
    assert.match(await page.textContent('#findings [role=status]'), /^\d+ of 10,000$/)
    assert.match(await selected(page), /module42\.js/)
    await page.fill('#findings input', '')
    await page.click('#findings .heads .grew button')
    assert.equal(await page.getAttribute('#findings .heads .grew', 'aria-sort'), 'descending')
    assert.equal(await page.textContent('#findings [aria-rowindex="2"] .grew'), '100,001')
    await page.click('#findings .heads .grew button')
    assert.equal(await page.textContent('#findings [aria-rowindex="2"] .grew'), '0')
    assert.deepEqual(complaints, [])
    await page.close()
  })

  test('of 10,000 findings only those in sight are in the document', async (t) => {
    const { page } = await open('large')
    const count = () => page.evaluate("document.querySelectorAll('#findings .rows .row').length")
    assert.ok((await count()) < 60)
    const took = await page.evaluate(async () => {
      const view = /** @type {any} */ (document.querySelector('#findings .view'))
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const startMs = performance.now()
      for (let i = 0; i < 20; i++) {
        view.scrollTop += 19_000
        await frame()
      }
      const filter = /** @type {HTMLInputElement} */ (document.querySelector('#findings input'))
      const filterMs = performance.now()
      filter.value = 'module9'
      filter.dispatchEvent(new Event('input'))
      await frame()
      const { loadEventEnd } = /** @type {any} */ (performance.getEntriesByType('navigation')[0])
      return { loadMs: loadEventEnd, scrollMs: (filterMs - startMs) / 20, filterMs: performance.now() - filterMs }
    })
    assert.ok((await count()) < 60)
    t.diagnostic(`10,000 findings: ${JSON.stringify(took)}`)
    await page.close()
  })

  test('owners: Enter looks inside, arrows walk, Escape goes back', async () => {
    const { page, complaints } = await open('sample')
    const active = () => page.evaluate("document.activeElement?.getAttribute('aria-label')")
    await page.focus('.icicle [tabindex="0"]')
    assert.equal(await active(), '(heap), 10.0 MB')
    await page.keyboard.press('ArrowDown')
    assert.equal(await active(), 'module scope, 6.0 MB')
    await page.keyboard.press('ArrowRight')
    assert.equal(await active(), '(other), 2.0 MB')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('.icicle .box').count(), 3)
    await page.keyboard.press('ArrowDown')
    assert.match(await page.textContent('.told'), /sessions: Map retains 5\.0 MB \(50\.0 %\)/)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('.icicle .box').count(), 5)
    assert.deepEqual(complaints, [])
    await page.close()
  })

  test('all that can be used is reached by Tab, with a name and a mark of focus', async () => {
    const { page } = await open('sample')
    const wanted = await page.evaluate(
      '[...document.querySelectorAll(\'button, input, select, [tabindex="0"]\')].filter((e) => e.offsetParent).length'
    )
    const reached = new Set()
    for (let i = 0; i < wanted + 3; i++) {
      await page.keyboard.press('Tab')
      const seen = await page.evaluate(() => {
        const element = /** @type {HTMLElement} */ (document.activeElement)
        if (element === document.body) return
        const all = [...document.querySelectorAll('*')]
        const name =
          element.getAttribute('aria-label') || element.textContent || element.parentElement?.getAttribute('aria-label')
        return { at: all.indexOf(element), name, outline: getComputedStyle(element).outlineStyle }
      })
      if (!seen) continue
      reached.add(seen.at)
      assert.ok(seen.name, `${seen.at} has no name`)
      assert.notEqual(seen.outline, 'none', seen.name)
    }
    assert.ok(reached.size >= wanted, `${reached.size} of ${wanted}`)
    await page.close()
  })

  for (const colorScheme of ['light', 'dark']) {
    test(`text can be told from what is behind it: ${colorScheme}`, async () => {
      const { page } = await open('sample', { colorScheme })
      const low = await page.evaluate(contrasts)
      assert.deepEqual(low, [])
      await page.close()
    })
  }

  for (const width of [320, 390, 768, 1280]) {
    test(`nothing is wider than a window of ${width} px`, async () => {
      for (const name of ['sample', 'full', 'hostile', 'single']) {
        const { page } = await open(name, { viewport: { width, height: 800 } })
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, name)
        await page.close()
      }
    })
  }

  test('without scripts the text report is there', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(pathToFileURL(path.join(folder, 'sample.html')).href)
    assert.match(await page.textContent('noscript'), /leakguard: leaking, 3 findings/)
    await context.close()
  })
})

/** Runs in the page: texts with a contrast below WCAG's 4.5 to 1. */
function contrasts() {
  /** @param {string} colour */
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  /** @param {number[]} rgb */
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  /** @param {Element | null} element @returns {number[]} */
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.length === 3 || colour[3] > 0) return colour
    }
    return [255, 255, 255]
  }
  const low = []
  for (const element of document.querySelectorAll('#page *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim())
    if (!own) continue
    const [front, back] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))]
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)
    if (ratio < 4.5) low.push(`${element.className} ${element.textContent?.slice(0, 30)}: ${ratio.toFixed(2)}`)
  }
  return low
}
