const texts = Array.from({ length: 50 }, (_, i) => 'user' + i + '@example.com, id=' + i * 7)
exports.step = (i) => {
  const found = new RegExp('(\\w+)@(\\w+)\\.com, id=' + (i % 30)).exec(texts[i % 50])
  return texts[i % 50].replace(/\d+/g, (d) => d * 2).split(/[,@]/).length + (found ? 1 : 0)
}
