// Compares what onnxruntime computes from FILE.onnx with what convoy predicted, a JSON object a line:
// node compare.js FILE.onnx IMAGES(IDX, plain) PREDICTIONS
'use strict'
const fs = require('fs')
const ort = require(process.env.ONNXRUNTIME || 'onnxruntime-node')

async function main ([model, images, predictions]) {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const told = fs.readFileSync(predictions, 'utf8').trim().split('\n').map(JSON.parse)
  const idx = fs.readFileSync(images)
  const rows = idx.readUInt32BE(8)
  const columns = idx.readUInt32BE(12)
  const size = rows * columns
  let worst = 0
  let others = 0
  // Batches of different sizes: N is free.
  for (let first = 0, batch = 1; first < told.length; first += batch, batch = Math.min(7 * batch + 1, 250)) {
    const count = Math.min(batch, told.length - first)
    const bytes = idx.subarray(16 + first * size, 16 + (first + count) * size)
    const inputs = new ort.Tensor('float32', Float32Array.from(bytes), [count, 1, rows, columns])
    const { scores } = await session.run({ inputs })
    const classes = scores.dims[1]
    for (let i = 0; i < count; i++) {
      const own = scores.data.subarray(i * classes, (i + 1) * classes)
      const top = told[first + i].top
      if (top.length !== classes) throw new Error(`${top.length} classes predicted, ${classes} in the model`)
      for (const { class: k, score } of top) worst = Math.max(worst, Math.abs(own[k] - score))
      // Two classes may have the same score but for rounding.
      const guess = own.indexOf(Math.max(...own))
      if (guess !== top[0].class && own[guess] - own[top[0].class] > 1e-6) others++
    }
  }
  console.log(`${told.length} images, largest difference ${worst.toExponential(1)}, other classes ${others}`)
  process.exit(told.length > 0 && worst <= 1e-4 && others === 0 ? 0 : 1)
}

main(process.argv.slice(2)).catch(error => { console.log(String(error)); process.exit(1) })
