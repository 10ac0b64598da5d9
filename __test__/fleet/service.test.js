// @ts-check
// Which service, version and pod a process is of, from the environment.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, test } = require('node:test')
const { serviceOf } = require('../../lib/base/service.js')
const { tempFolder } = require('../support/child.js')

const hostname = () => 'host-1'

describe('the service of a process', () => {
  for (const [what, env, expected] of /** @type {[string, Record<string, string>, object][]} */ ([
    [
      "is what OpenTelemetry's variables say",
      {
        OTEL_SERVICE_NAME: 'web',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,service.version=1.2.3,k8s.pod.name=web-7,deployment=prod'
      },
      { name: 'web', version: '1.2.3', pod: 'web-7' }
    ],
    [
      'may be in the resource alone, percent-encoded',
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=my%2Dweb, service.version=2,service.instance.id=i-1', HOSTNAME: 'h' },
      { name: 'my-web', version: '2', pod: 'i-1' }
    ],
    [
      'is that of npm, on its host',
      { npm_package_name: 'app', npm_package_version: '3.0.0' },
      { name: 'app', version: '3.0.0', pod: 'host-1' }
    ],
    ['has the pod that Kubernetes names', { HOSTNAME: 'web-8' }, { pod: 'web-8' }],
    ['has the pod that the manifest names', { POD_NAME: 'web-9', HOSTNAME: 'h' }, { pod: 'web-9' }],
    [
      'leaves out what is no name: addresses, passwords, texts',
      {
        OTEL_SERVICE_NAME: 'https://user:planted@example.com',
        OTEL_RESOURCE_ATTRIBUTES: 'service.version=a b planted,k8s.pod.name=%E0%A4%A,token=planted',
        POD_NAME: 'x?planted=1'
      },
      { pod: 'host-1' }
    ]
  ])) {
    test(what, () => assert.deepEqual(serviceOf(env, { hostname }), expected))
  }

  test('is named by the package of the program, the nearest above it', (t) => {
    const folder = tempFolder(t, {
      'package.json': '{ "name": "outer", "version": "9.9.9" }',
      'app/package.json': '{ "name": "@scope/inner", "version": "1.0.0" }',
      'app/dist/package.json': '{ "type": "module" }',
      'app/dist/server.js': '',
      'broken/package.json': '{',
      'broken/server.js': ''
    })
    const program = path.join(folder, 'app/dist/server.js')
    const env = { npm_package_name: 'of-the-one-who-started-it', npm_package_version: '0.0.1' }
    assert.deepEqual(serviceOf(env, { program, hostname, pid: 7 }), {
      name: '@scope/inner',
      version: '1.0.0',
      pod: 'host-1',
      pid: 7
    })
    const broken = path.join(folder, 'broken/server.js')
    assert.deepEqual(serviceOf({}, { program: broken, hostname }), { name: 'outer', version: '9.9.9', pod: 'host-1' })
  })
})
