// Arrays of numbers in files of NumPy (numpy.lib.format, version 1.0).
'use strict'
const fs = require('fs')

exports.read = path => {
  const bytes = fs.readFileSync(path)
  const length = bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, 10 + length)
  const shape = header.match(/'shape': \(([^)]*)\)/)[1].split(',').filter(side => side.trim()).map(Number)
  if (!header.includes("'<f4'")) throw new Error(`${path}: not float32`)
  return { shape, data: new Float32Array(Uint8Array.from(bytes.subarray(10 + length)).buffer) }
}

const types = { Uint8Array: '|u1', Float32Array: '<f4' }

exports.write = (path, shape, data) => {
  const text = `{'descr': '${types[data.constructor.name]}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`
  const header = Buffer.from('\x93NUMPY\x01\x00\x00\x00' + text.padEnd(117) + '\n', 'latin1')
  header.writeUInt16LE(header.length - 10, 8)
  fs.writeFileSync(path, Buffer.concat([header, Buffer.from(data.buffer)]))
}
