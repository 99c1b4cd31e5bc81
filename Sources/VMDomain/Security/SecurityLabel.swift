public import VMXML

/// `<seclabel>` of a domain: the label under which a security driver confines the machine.
public struct SecurityLabel: XMLElement {
    public enum Kind: String, XMLEnum { case dynamic, `static`, none }

    public var type: Kind?
    /// The driver: `selinux`, `apparmor`, `dac` or `none`.
    public var model: String?
    public var relabel: YesNo?
    public var label: String?
    public var imagelabel: String?
    public var baselabel: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("type", &type)
        x.attribute("model", &model)
        x.attribute("relabel", &relabel)
        x.text("label", &label)
        x.text("imagelabel", &imagelabel)
        x.text("baselabel", &baselabel)
    }
}

/// `<cipher>` of `<keywrap>`: whether the guest can wrap keys with it (s390x).
public struct KeyWrapCipher: XMLElement {
    public enum Name: String, XMLEnum { case aes, dea }

    public var name: Name?
    public var state: OnOff?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.required("state", &state)
    }
}
