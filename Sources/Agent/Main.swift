import ArgumentParser
import NIOSSL
import X509
import ServiceLifecycle
@main struct P { static func main() {} }
