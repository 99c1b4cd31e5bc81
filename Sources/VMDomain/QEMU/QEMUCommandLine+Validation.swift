public import VMXML

extension QEMUCommandLine: Validated {
    public func validate(_ v: inout Validation) {
        v.each("qemu:env", environment) { v, variable in
            guard let name = variable.name else { return }
            let isName = name.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                    true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
                default: false
                }
            }
            if name.isEmpty || !isName {
                v.error(
                    "environment-name",
                    "the name of a variable has letters, digits and '_', and doesn't begin with a digit",
                    at: .attribute("name"), found: name)
            }
        }
    }
}
