// @ts-check
// The shipped rules in a real Prometheus, over services that leak and services that do not: node
// bench/watch/prometheus.js [SECONDS]. A day lasts two minutes. Fails when an alert is missing or false.
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')

const SECONDS = Number(process.argv[2] ?? 600)
const SCALE = 720
const PORT = 19_093
const LEAKING = ['heap', 'buffer', 'malloc', 'timer']
const HEALTHY = ['healthy', 'warming-cache', 'bursts']
const root = path.resolve(__dirname, '..', '..')
const UNITS = { d: 86_400, h: 3600, m: 60 }

/** Durations of the rules, shortened. Counts know no scale: for them a quarter of an hour is a minute. @param {string} rules */
const scaled = (rules) =>
  rules.replace('for: 15m', 'for: 60s').replace(/(\[|offset |for: )(\d+)([dhm])\b/g, (_, before, count, unit) => {
    return `${before}${Math.max(1, Math.round((count * UNITS[/** @type {'d' | 'h' | 'm'} */ (unit)]) / SCALE))}s`
  })

/** @param {string} kind @returns {Promise<{ child: import('node:child_process').ChildProcess, port: number }>} */
function service(kind) {
  const args = ['--require', path.join(root, 'register.js'), path.join(__dirname, 'service.js'), kind]
  const env = {
    ...process.env,
    LEAKGUARD_TEST_TIME_SCALE: String(SCALE),
    LEAKGUARD_SAMPLE_MS: '360000',
    LEAKGUARD_TEST_PROFILE_MS: '10000'
  }
  const child = spawn(process.execPath, [...args, String(SECONDS + 60), '6', '12'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  return new Promise((resolve) => {
    child.stdout.once('data', (line) => resolve({ child, port: JSON.parse(String(line)).port }))
  })
}

/** @param {string} place @returns {Promise<any>} */
function ask(place) {
  return new Promise((resolve, reject) => {
    http
      .get({ port: PORT, host: '127.0.0.1', path: place }, (response) => {
        let text = ''
        response
          .on('data', (part) => (text += part))
          .on('end', () => {
            try {
              resolve(JSON.parse(text))
            } catch (error) {
              reject(error)
            }
          })
      })
      .on('error', reject)
  })
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-prometheus-'))
  const kinds = [...LEAKING, ...HEALTHY]
  const services = await Promise.all(kinds.map(service))
  const targets = services.map(
    ({ port }, i) => `      - targets: ['127.0.0.1:${port}']\n        labels: { instance: ${kinds[i]} }`
  )
  fs.writeFileSync(
    path.join(folder, 'rules.yml'),
    scaled(fs.readFileSync(path.join(root, 'prometheus', 'leakguard.rules.yml'), 'utf8'))
  )
  fs.writeFileSync(
    path.join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 2s, evaluation_interval: 1s }\nrule_files: [rules.yml]\nscrape_configs:\n  - job_name: web\n    static_configs:\n${targets.join('\n')}\n`
  )
  const args = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${PORT}`
  ]
  const prometheus = spawn('prometheus', [...args, '--log.level=error'], { stdio: 'inherit' })
  /** @type {Map<string, number>} */
  const fired = new Map()
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1000)
  while (seconds() < SECONDS) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const { data } = await ask('/api/v1/alerts').catch(() => ({ data: { alerts: [] } }))
    for (const { labels, state } of data.alerts) {
      const key = `${labels.instance} ${labels.alertname} ${labels.field ?? labels.kind ?? labels.state ?? ''}`.trim()
      if (state !== 'firing' || fired.has(key)) continue
      fired.set(key, seconds())
      console.log(`${String(seconds()).padStart(4)} s  ${key}`)
    }
  }
  const up = (await ask('/api/v1/query?query=count(up==1)')).data.result[0]?.value[1]
  prometheus.kill()
  for (const { child } of services) child.kill()
  fs.rmSync(folder, { recursive: true, force: true })
  const has = (/** @type {string} */ kind) => [...fired.keys()].some((key) => key.startsWith(`${kind} `))
  const missed = LEAKING.filter((kind) => !has(kind))
  const accused = HEALTHY.filter(has)
  console.log(
    `scraped ${up} of ${kinds.length}; leaking without an alert: ${missed.join(', ') || 'none'}; healthy with one: ${accused.join(', ') || 'none'}`
  )
  process.exit(missed.length + accused.length > 0 ? 1 : 0)
}

main()
