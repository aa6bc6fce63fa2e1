// Files of NumPy for each task, of 2 × 6 × 5 floats a sample, in the folders DIRECTORY/{classes,values,labels,maps,fields}:
// node tasks.js DIRECTORY
'use strict'
const fs = require('fs')
const { write } = require('./npy.js')

const [directory] = process.argv.slice(2)
const maps = 2
const points = 30
const each = maps * points
let seed = 1
const random = () => (seed = seed * 16807 % 2147483647) / 2147483647

// Three sums of the numbers, each of some of them.
const sums = Array.from({ length: 3 }, () => Array.from({ length: each }, () => random() - 0.5))
const answers = {
  classes: (x, of) => [of.indexOf(Math.max(...of))],
  values: (x, of) => [300 + 20 * of[0], 0.01 * of[1], of[2] ** 2 - 5],
  labels: (x, of) => of.map(sum => sum > 0 ? 1 : 0),
  maps: x => Array.from({ length: points }, (_, i) => x[i] > 2 ? 2 : x[points + i] > 1 ? 1 : 0),
  fields: x => Array.from({ length: 3 * points },
    (_, i) => 100 * (i / points | 0) + x[i % each] * x[points + i % points])
}
const shapes = { classes: [], values: [3], labels: [3], maps: [6, 5], fields: [3, 6, 5] }

for (const task of Object.keys(answers)) {
  fs.mkdirSync(`${directory}/${task}`)
  for (const [part, count] of [['train', 300], ['test', 100]]) {
    const inputs = Float32Array.from({ length: count * each }, () => 8 * random() - 3)
    const targets = []
    for (let n = 0; n < count; n++) {
      const x = inputs.subarray(n * each, (n + 1) * each)
      targets.push(...answers[task](x, sums.map(sum => sum.reduce((all, weight, i) => all + weight * (x[i] - 1), 0))))
    }
    const Type = task === 'values' || task === 'fields' ? Float32Array : Uint8Array
    write(`${directory}/${task}/${part}-inputs.npy`, [count, maps, 6, 5], inputs)
    write(`${directory}/${task}/${part}-targets.npy`, [count, ...shapes[task]], Type.from(targets))
  }
}
