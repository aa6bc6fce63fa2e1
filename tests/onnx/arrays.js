// Compares what onnxruntime computes from FILE.onnx with what convoy predicted, both arrays of float32:
// node arrays.js FILE.onnx INPUTS.npy PREDICTIONS.npy
'use strict'
const ort = require(process.env.ONNXRUNTIME || 'onnxruntime-node')
const { read } = require('./npy.js')

async function main ([model, given, predictions]) {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const inputs = read(given)
  const told = read(predictions)
  const [name] = session.outputNames
  const answer = (await session.run({ inputs: new ort.Tensor('float32', inputs.data, inputs.shape) }))[name]
  if (answer.dims.join() !== told.shape.join()) throw new Error(`${answer.dims}, not ${told.shape}`)
  // Of each answer: values have units of any size.
  const points = told.shape.slice(2).reduce((all, side) => all * side, 1)
  const outputs = told.shape[1]
  const size = new Float64Array(outputs).fill(0)
  const worst = new Float64Array(outputs).fill(0)
  const least = new Float64Array(outputs).fill(Infinity)
  const most = new Float64Array(outputs).fill(-Infinity)
  told.data.forEach((number, i) => {
    const k = Math.floor(i / points) % outputs
    size[k] = Math.max(size[k], Math.abs(number))
    worst[k] = Math.max(worst[k], Math.abs(number - answer.data[i]))
    least[k] = Math.min(least[k], number)
    most[k] = Math.max(most[k], number)
  })
  const ratio = Math.max(...worst.map((difference, k) => difference / size[k]))
  const alike = most.some((number, k) => number - least[k] < 1e-3 * size[k])
  console.log(`${told.shape[0]} samples, ${name}, largest difference ${ratio.toExponential(1)}`)
  process.exit(ratio <= 1e-5 && !alike ? 0 : 1)
}

main(process.argv.slice(2)).catch(error => { console.log(String(error)); process.exit(1) })
