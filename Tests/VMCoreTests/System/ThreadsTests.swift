import Testing
import VMCore

@Suite struct ThreadsTests {
    @Test("Results come in the items' order, however many there are", arguments: [0, 1, 2, 63, 64, 500])
    func map(_ count: Int) {
        let items = Array(0..<count)
        #expect(Threads.map(items) { $0 * 2 } == items.map { $0 * 2 })
    }
}
