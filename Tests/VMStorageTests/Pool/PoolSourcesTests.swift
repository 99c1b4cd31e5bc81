import Testing
import VMCore

@testable import VMStorage

/// What programs say that pools could be made of.
struct PoolSourcesTests {
    @Test
    func `What a server exports is a source each`() {
        let lines = ["/export/a  *", "/with blank 192.168.0.0/24,host", "/alone", "clnt_create: failed", ""]
        let sources = PoolSources.parse(exports: lines, of: "files.example.org")
        #expect(sources.sources.map { $0.dir?.path } == ["/export/a", "/with blank", "/alone"])
        #expect(
            sources.xml.contains(
                "<host name='files.example.org'/>\n    <dir path='/export/a'/>\n    <format type='nfs'/>"))
        #expect(sources.xml.hasPrefix("<sources>\n  <source>\n"))
    }

    @Test
    func `A volume group has its devices`() {
        let sources = PoolSources.parse(volumes: [
            "  /dev/sda1|vg0", "  /dev/sdb|vg1 ", "  /dev/sdc|vg0", "  /dev/sdd|", "x",
        ])
        #expect(sources.sources.map(\.name) == ["vg0", "vg1"])
        #expect(sources.sources.first?.devices.map(\.path) == ["/dev/sda1", "/dev/sdc"])
        #expect(sources.xml.contains("<name>vg1</name>\n    <format type='lvm2'/>"))
        #expect(PoolSources.parse(volumes: []).xml == "<sources/>\n")
    }

    @Test
    func `A question names a host, which is no option of a program`() throws {
        #expect(try PoolSources.host(in: "<source><host name='x' port='1'/><initiator/></source>") == "x")
        #expect(try PoolSources.host(in: "<source/>") == nil)
        #expect(throws: VMError.self) { try PoolSources.host(in: "<pool/>") }
        #expect(throws: VMError.self) { try PoolSources.host(in: "<source>") }
        for host in ["", "-h", "a b", "a\n", "ä", String(repeating: "a", count: 256)] {
            #expect(code { _ = try PoolSources.exports(of: host, Work()) } == 8, "\(host)")
        }
    }
}
