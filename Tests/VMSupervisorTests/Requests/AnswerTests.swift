import Testing
import VMDomain

@testable import VMSupervisor

/// What is made of QEMU's words, and of a client's numbers.
struct AnswerTests {
    @Test
    func `Bytes of memory are read from what the monitor prints, all or none`() {
        let text = "0000000000001000: 0x00 0x01 0xfe\r\n0000000000001003: 0xff\r\n"
        #expect(Supervisor.memoryDigits(text, count: 4) == "0001feff")
        #expect(Supervisor.memoryDigits(text, count: 5) == nil)
        #expect(Supervisor.memoryDigits("", count: 1) == nil)
        #expect(Supervisor.memoryDigits("Cannot access memory\r\n", count: 1) == nil)
        #expect(Supervisor.memoryDigits("1000: Cannot access memory\r\n", count: 1) == nil)
        #expect(Supervisor.memoryDigits("1000: 0x1 0x2\r\n", count: 2) == nil)
    }

    @Test
    func `Screens are counted over the heads of all cards`() {
        var first = Video()
        first.model = Video.Model()
        first.model?.heads = 2
        let cards = [first, Video()]
        #expect(Supervisor.place(of: 0, on: cards)?.head == 0)
        #expect(Supervisor.place(of: 1, on: cards)?.head == 1)
        #expect(Supervisor.place(of: 1, on: cards)?.card.model?.heads == 2)
        #expect(Supervisor.place(of: 2, on: cards)?.head == 0)
        #expect(Supervisor.place(of: 2, on: cards)?.card.model == nil)
        #expect(Supervisor.place(of: 3, on: cards) == nil)
        #expect(Supervisor.place(of: 0, on: []) == nil)
    }
}
