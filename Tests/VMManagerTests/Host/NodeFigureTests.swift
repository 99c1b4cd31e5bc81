import Foundation
import Testing
import VMCore
import VMManager

struct NodeFigureTests {
    private let stat = Array(
        """
        cpu  10 2 3 100 5 1 1 0 0 0
        cpu0 4 1 1 60 5 0 0 0 0 0
        cpu1 6 1 2 40 0 1 1 0 0 0
        """.utf8)

    @Test
    func `Ticks of the kernel are nanoseconds by libvirt's names`() throws {
        let all = try NodeFigures.processor(nil, text: stat)
        #expect(all.map(\.name) == ["kernel", "user", "idle", "iowait"])
        #expect(all.map(\.value) == [50_000_000, 120_000_000, 1_000_000_000, 50_000_000])
        let second = try NodeFigures.processor(1, text: stat)
        #expect(second.map(\.value) == [40_000_000, 70_000_000, 400_000_000, 0])
    }

    @Test
    func `A processor or a cell that isn't there is an error`() {
        for number in [2, -2, Int.max] {
            #expect(throws: VMError.self) { try NodeFigures.processor(number, text: stat) }
            #expect(throws: VMError.self) { try NodeFigures.memory(ofCell: number == 2 ? 4711 : number) }
        }
    }

    @Test
    func `The host's own memory is more than what is free of it`() throws {
        let figures = try NodeFigures.memory()
        #expect(figures.map(\.name) == ["total", "free", "buffers", "cached"])
        #expect(figures[0].value > figures[1].value)
        #expect(try NodeFigures.freeMemory() % 1024 == 0)
    }
}
