<?php
/**
 * Plugin Name: Crash (stand-in)
 * Description: Ends PHP with a fatal error when it is loaded. For tests only.
 * Version: 1.0
 * License: MIT
 */

throw new RuntimeException( 'This plugin crashes when it is loaded.' );
