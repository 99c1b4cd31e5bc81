import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

@Suite struct PrinterTests {
    static let device = QEMUOption(
        .device,
        ["driver": "virtio-net-pci", "netdev": "hostnet0", "id": "net0", "multifunction": true, "bootindex": 1])

    @Test("a device prints as JSON where QEMU takes it and as key=value elsewhere")
    func bothSyntaxes() throws {
        #expect(
            try ArgvPrinter(syntax: .modern).print(Self.device) == [
                "-device",
                #"{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","multifunction":true,"bootindex":1}"#,
            ])
        #expect(
            try ArgvPrinter(syntax: .keyval).print(Self.device) == [
                "-device", "virtio-net-pci,netdev=hostnet0,id=net0,multifunction=on,bootindex=1",
            ])
    }

    @Test("flags, words and passed-on words print as they are")
    func plainOptions() throws {
        let options = [
            QEMUOption(flag: .startPaused), QEMUOption(.kernel, word: "/boot/a,b=c"),
            QEMUOption(.passthrough, word: "-foo"), QEMUOption(.passthrough, word: "bar,baz"),
        ]
        #expect(try ArgvPrinter().print(options) == ["-S", "-kernel", "/boot/a,b=c", "-foo", "bar,baz"])
    }

    @Test("commas are doubled in key=value and nowhere else")
    func commas() throws {
        let option = QEMUOption(.name, ["guest": "a,b=c", "debug-threads": true])
        #expect(try ArgvPrinter().print(option) == ["-name", "guest=a,,b=c,debug-threads=on"])
    }

    @Test("the first key is spelled out when its value could be taken for a key")
    func implicitKeys() throws {
        #expect(try ArgvPrinter().print(QEMUOption(.vnc, ["vnc": "127.0.0.1:0"])) == ["-vnc", "127.0.0.1:0"])
        #expect(
            try ArgvPrinter().print(QEMUOption(.vnc, ["vnc": "unix:/tmp/a=b,c"])) == ["-vnc", "vnc=unix:/tmp/a=b,,c"])
    }

    @Test("objects and lists become dotted keys in keyval options")
    func dottedKeys() throws {
        let option = QEMUOption(
            .object, ["qom-type": "memory-backend-ram", "id": "m", "size": 4096, "host-nodes": [0, 2]])
        #expect(
            try ArgvPrinter(syntax: .keyval).print(option) == [
                "-object", "memory-backend-ram,id=m,size=4096,host-nodes.0=0,host-nodes.1=2",
            ])
    }

    @Test("a list in a flat option repeats its key")
    func repeatedKeys() throws {
        let option = QEMUOption(
            .netdev, ["type": "user", "id": "n", "hostfwd": [["str": "tcp::2222-:22"], ["str": "udp::53-:53"]]])
        #expect(
            try ArgvPrinter(syntax: .keyval).print(option) == [
                "-netdev", "user,id=n,hostfwd=tcp::2222-:22,hostfwd=udp::53-:53",
            ])
    }

    @Test(
        "what a syntax can't say is refused",
        arguments: [
            QEMUOption(.netdev, ["type": "user", "id": "n", "server": ["type": "unix"]]),
            QEMUOption(.name, ["guest": "a\0b"]),
            QEMUOption(.name, ["guest": .null]),
            QEMUOption(.smbios, ["type": 11, "value": []]),
            QEMUOption(.cpu, ["model": "qemu64,pmu"]),
            QEMUOption(.cpu, ["model": "qemu64", "vendor": "a,b"]),
            QEMUOption(.chardev, ["backend": "null", "id": "c", "a,b": 1]),
            QEMUOption(.kernel, word: "/a\0b"),
        ])
    func refusals(option: QEMUOption) {
        #expect(throws: VMError.self) { try ArgvPrinter(syntax: .keyval).print(option) }
    }

    @Test("a NUL is refused in JSON too")
    func nulInJSON() {
        let option = QEMUOption(.object, ["qom-type": "secret", "id": "s", "data": ["x": ["a\0"]]])
        #expect(throws: VMError.self) { try ArgvPrinter().print(option) }
    }

    @Test("global properties use the short form where it is unambiguous")
    func globals() throws {
        let short = QEMUOption(.global, ["driver": "PIIX4_PM", "property": "disable_s3", "value": 1])
        #expect(try ArgvPrinter().print(short) == ["-global", "PIIX4_PM.disable_s3=1"])
        let long = QEMUOption(.global, ["driver": "cfi.pflash01", "property": "secure", "value": true])
        #expect(try ArgvPrinter().print(long) == ["-global", "driver=cfi.pflash01,property=secure,value=on"])
    }
}
